import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { chapters } from "../../src/book/chapters.ts";
import { answersSchema, openExercises } from "../../src/book/open-exercises.ts";
import { partsOf, type Section, sectionsOf } from "../../src/book/sections.ts";
import { ANSWERS, DOCS } from "../lib/paths.ts";

const LANGUAGES = ["zh", "en"] as const;
type Language = (typeof LANGUAGES)[number];
const OTHER = { zh: "en", en: "zh" } as const satisfies Record<Language, Language>;

/** A figure as people type it: digits and a unit. */
const FIGURE =
  /\d(?:[\d.,]*\d)?(?: ?(?:ms|µs|kB|KiB|MB|MiB|GB|GiB|TB|%|percent\b|times\b|seconds?\b|milliseconds?\b|instructions\b|million\b|billion\b)|(?:毫秒|秒|分钟|倍|条指令|万|亿))/;
/** What gives a paragraph its source: a note, a source, or a figure taken from a recording. */
const SOURCE = /\[\^|<Cite|<Value/;
/** An author's word that a figure is an example or common knowledge. */
const EXEMPT = /\{\/\* no source: .+ \*\/\}/;

/** Both languages of each written chapter have the same parts, were aligned, and cite what they state. */
export async function checkChapters(): Promise<string[]> {
  const written = chapters().filter((chapter) => chapter.written);
  const troubles = written.map(async ({ slug }) => {
    const [zh, en] = await Promise.all(LANGUAGES.map((language) => read(language, slug)));
    if (!zh || !en) return [];
    const answers = answersSchema.parse(parse(await readFile(`${ANSWERS}/${slug}.yaml`, "utf8")));
    return [
      ...parallel(slug, zh, en),
      ...drift(slug, zh, en),
      ...unsourced(slug, zh, en),
      ...unanswered(slug, [zh, en], answers.length),
    ];
  });
  return (await Promise.all(troubles)).flat();
}

/**
 * Notes in both files of a chapter that they say the same today.
 * @throws Error when there is no such chapter
 */
export async function align(slug: string): Promise<void> {
  const [zh, en] = await Promise.all([read("zh", slug), read("en", slug)]);
  for (const [mine, other] of [
    [zh, en],
    [en, zh],
  ] as const) {
    const hashes = other.sections.map(({ hash }) => `"${hash}"`).join(", ");
    const text = mine.text.replace(/^aligned: .*\n/m, "");
    await writeFile(mine.file, text.replace(/^(title: .*\n)/m, `$1aligned: [${hashes}]\n`));
  }
}

export interface Chapter {
  file: string;
  language: Language;
  text: string;
  sections: Section[];
  /** Hashes of the other language's sections when they last said the same. */
  aligned: string[];
}

async function read(language: Language, slug: string): Promise<Chapter> {
  const file = join(DOCS, language, `${slug}.mdx`);
  return chapterOf(file, language, await readFile(file, "utf8"));
}

/** What the rules look at of a chapter's file. */
export function chapterOf(file: string, language: Language, text: string): Chapter {
  const [, list = ""] = /^aligned: \[(.*)\]$/m.exec(text) ?? [];
  const aligned = list.split(", ").map((hash) => hash.replaceAll('"', ""));
  return { file, language, text, sections: sectionsOf(text), aligned };
}

/** Headings correspond one to one, and below each stand the same experiments, pictures and claims. */
export function parallel(slug: string, zh: Chapter, en: Chapter): string[] {
  if (zh.sections.length !== en.sections.length)
    return [`${slug}: zh has ${zh.sections.length} sections, en ${en.sections.length}`];
  return en.sections.flatMap((section, index) => {
    const [here, there] = [section, zh.sections[index] as Section].map((each) =>
      partsOf(each).join(", "),
    );
    if (here === there) return [];
    return [`${slug}: “${section.heading}” shows ${here || "nothing"} in en, ${there} in zh`];
  });
}

/** Each numbered exercise has its answer in the key. */
export function unanswered(slug: string, both: readonly Chapter[], answers: number): string[] {
  return both.flatMap(({ language, text }) => {
    const { length } = openExercises(text);
    return length === answers
      ? []
      : [`${language}/${slug}: ${length} numbered exercises, src/content/answers has ${answers}`];
  });
}

/** Sections that have changed since the other language was aligned with them. */
export function drift(slug: string, zh: Chapter, en: Chapter): string[] {
  const mend = `read both, then npm run check -- --aligned ${slug}`;
  return [zh, en].flatMap((mine) => {
    const other = mine === zh ? en : zh;
    return other.sections
      .filter(({ hash }, index) => mine.aligned[index] !== hash)
      .map(
        ({ heading }) =>
          `${OTHER[mine.language]}/${slug}: “${heading || "the beginning"}” has changed since ` +
          `${mine.language} was aligned with it: ${mend}`,
      );
  });
}

/** Paragraphs with a figure and a unit, and neither a source nor an excuse. */
export function unsourced(slug: string, ...languages: Chapter[]): string[] {
  return languages.flatMap(({ language, text }) =>
    paragraphs(text)
      .filter(
        (paragraph) =>
          FIGURE.test(paragraph.replace(/`[^`]*`/g, "")) &&
          !SOURCE.test(paragraph) &&
          !EXEMPT.test(paragraph),
      )
      .map(
        (paragraph) =>
          `${language}/${slug}: “${FIGURE.exec(paragraph.replace(/`[^`]*`/g, ""))?.[0]}” has no source: ` +
          `give it a <Value>, a <Cite> or a note, or {/* no source: why */}: ${paragraph.slice(0, 60)}…`,
      ),
  );
}

/** Paragraphs, list items and rows of prose; no headings, imports, front matter, tags and notes. */
function paragraphs(mdx: string): string[] {
  return mdx
    .replace(/^---\n.*?\n---\n/s, "")
    .split(/\n(?:\n|(?=- |\d+\. |\|))/)
    .filter((part) => !/^(#|import |\[\^|<[A-Z]\w* [^>]*\/>$|\d+\. )/.test(part));
}
