// @ts-check
import { satteri } from "@astrojs/markdown-satteri";
import preact from "@astrojs/preact";
import sitemap from "@astrojs/sitemap";
import starlight from "@astrojs/starlight";
import { defineConfig } from "astro/config";
import { writtenChapters } from "./src/book/chapters.ts";
import { footnotesInPageLanguage } from "./src/book/footnotes.ts";
import { partsInScope } from "./src/book/parts.ts";
import { GUEST } from "./tools/lib/paths.ts";
import { servedGuest } from "./tools/lib/served-guest.ts";

const { SITE_URL, SITE_BASE = "/", SITE_OUT = "dist", SITE_REPOSITORY } = process.env;
/** The base path with a slash at its end. */
const ROOT_PATH = `${SITE_BASE.replace(/\/$/, "")}/`;

/** The list of pages for search engines, each with the same page in the other language. */
function pageList() {
  return sitemap({
    i18n: { defaultLocale: "en", locales: { zh: "zh-CN", en: "en" } },
    serialize(page) {
      // The front page belongs to both: it would be taken for a second English one.
      const isFront = (url) => new URL(url).pathname === ROOT_PATH;
      const links = page.links?.filter(({ url }) => !isFront(url));
      return { ...page, links: isFront(page.url) ? [] : links };
    },
  });
}

/** A page that is no document of the collection, in the sidebar. */
const page = (path, en, zh) => ({
  link: `/${path}/`,
  label: en,
  translations: { "zh-CN": zh },
});

/** The sidebar: the chapters with their numbers, then what there is beside them. */
function sidebar() {
  const group = (en, zh, items) => ({ label: en, translations: { "zh-CN": zh }, items });
  return [
    group(
      "The book",
      "书",
      writtenChapters().map(({ slug, title }, index) => ({
        slug,
        label: `${index + 1}. ${title.en}`,
        translations: { "zh-CN": `${index + 1}. ${title.zh}` },
      })),
    ),
    group("The laboratory", "实验室", [
      { slug: "try-docker" },
      page("experiments", "Lab notebook", "实验记录本"),
      page("lab", "Instruments", "仪器"),
      page("machines", "About these machines", "关于这些机器"),
    ]),
    group("Reference", "参考", [
      page("claims", "The claims", "论断一览"),
      page("history", "Timeline", "时间线"),
      page("glossary", "Glossary", "术语表"),
      page("references", "References", "参考文献"),
    ]),
    group("For courses", "课程使用", [
      { slug: "teachers" },
      page("print", "On paper", "印到纸上"),
      page("offline", "Without a network", "离线阅读"),
    ]),
    { slug: "about" },
  ];
}

export default defineConfig({
  site: SITE_URL,
  base: SITE_BASE,
  outDir: SITE_OUT,
  trailingSlash: "always",
  markdown: { processor: satteri({ hastPlugins: [footnotesInPageLanguage] }) },
  integrations: [
    starlight({
      title: { "zh-CN": "同一个内核", en: "One Kernel" },
      locales: {
        zh: { label: "简体中文", lang: "zh-CN" },
        en: { label: "English", lang: "en" },
      },
      defaultLocale: "en",
      disable404Route: true,
      lastUpdated: true,
      ...(SITE_REPOSITORY && {
        editLink: { baseUrl: `${SITE_REPOSITORY.replace(/\/$/, "")}/edit/main/` },
      }),
      head: [
        { tag: "link", attrs: { rel: "manifest", href: `${ROOT_PATH}manifest.webmanifest` } },
        { tag: "meta", attrs: { name: "theme-color", content: "#0b6363" } },
      ],
      sidebar: sidebar(),
      customCss: ["./src/styles/palette.css", "./src/styles/book.css", "./src/styles/print.css"],
      components: {
        Head: "./src/components/starlight/Head.astro",
        LanguageSelect: "./src/components/starlight/LanguageSelect.astro",
        MarkdownContent: "./src/components/starlight/MarkdownContent.astro",
        Search: "./src/components/starlight/Search.astro",
      },
    }),
    preact(),
    ...(SITE_URL ? [pageList()] : []),
  ],
  vite: {
    plugins: [partsInScope(), servedGuest(ROOT_PATH, GUEST)],
    worker: { format: "es" },
    // A schema that a page does not use is left out of its scripts, and with the last one the library.
    build: { rolldownOptions: { treeshake: { manualPureFunctions: ["z"] } } },
    // What is imported only once a machine starts: found late, it would reload the page in mid-run.
    optimizeDeps: {
      include: [
        "@alexaltea/capstone-js",
        "@noble/hashes/sha2.js",
        "@noble/hashes/utils.js",
        "@preact/signals",
        "@xterm/addon-fit",
        "@xterm/xterm",
        "d3-hierarchy",
        "d3-scale",
        "d3-shape",
        "jsonpath-rfc9535",
        "strip-ansi",
        "v86",
        "wabt",
        "zod",
        "zod/mini",
        "zstddec/stream",
      ],
    },
  },
});
