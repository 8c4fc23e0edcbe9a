import { isDraft, writtenChapters } from "./chapters.ts";

/** A label in both languages, as Starlight takes it. */
const named = (en: string, zh: string) => ({ label: en, translations: { "zh-CN": zh } });

/** A page that is no document of the collection. */
const page = (path: string, en: string, zh: string) => ({ link: `/${path}/`, ...named(en, zh) });

/** The sidebar: the chapters with their numbers, then what there is beside them. */
export function sidebar() {
  const chapters = writtenChapters().map((chapter, index) => ({
    slug: chapter.slug,
    ...named(`${index + 1}. ${chapter.title.en}`, `${index + 1}. ${chapter.title.zh}`),
    ...(isDraft(chapter) && { badge: { text: { en: "Draft", "zh-CN": "草稿" } } }),
  }));
  return [
    { ...named("The book", "书"), items: chapters },
    {
      ...named("The laboratory", "实验室"),
      items: [
        { slug: "try-docker" },
        page("experiments", "Lab notebook", "实验记录本"),
        page("lab", "Instruments", "仪器"),
        page("machines", "About these machines", "关于这些机器"),
      ],
    },
    {
      ...named("Reference", "参考"),
      items: [
        page("claims", "The claims", "论断一览"),
        page("history", "Timeline", "时间线"),
        page("glossary", "Glossary", "术语表"),
        page("references", "References", "参考文献"),
      ],
    },
    {
      ...named("For courses", "课程使用"),
      items: [
        { slug: "teachers" },
        page("print", "On paper", "印到纸上"),
        page("offline", "Without a network", "离线阅读"),
      ],
    },
    { slug: "about" },
  ];
}
