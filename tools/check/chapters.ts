import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isScalar, isSeq, parseDocument, Scalar } from "yaml";
import { chapters, isDraft } from "../../src/book/chapters.ts";
import {
  childrenOf,
  type MdastNode,
  type Mdx,
  nodesBelow,
  parseMdx,
  partsBelow,
  sourceOf,
} from "../../src/book/mdx.ts";
import { answersSchema, openExercises } from "../../src/book/open-exercises.ts";
import { partTroubles } from "../../src/book/parts.ts";
import { partsOf, type Section, sectionsOf } from "../../src/book/sections.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { ANSWERS, DOCS } from "../lib/paths.ts";
import { countIn } from "./counts.ts";

const LANGUAGES = ["zh", "en"] as const;
type Language = (typeof LANGUAGES)[number];
const OTHER = { zh: "en", en: "zh" } as const satisfies Record<Language, Language>;

/** A figure as people type it: digits and a unit, with a gap of any kind or none. */
const FIGURE =
  /\d(?:[\d.,]*\d)?(?:\s?(?:ms|µs|kB|KiB|MB|MiB|GB|GiB|TB|%|percent\b|times\b|seconds?\b|milliseconds?\b|minutes?\b|hours?\b|instructions\b|million\b|billion\b)|\s?(?:毫秒|秒|分钟|小时|倍|条指令|万|亿))/;
/** What gives a paragraph its source beside a note: a source, or a figure taken from a recording. */
const SOURCES: ReadonlySet<string> = new Set(["Cite", "Value"]);
/** An author's word that a figure is an example or common knowledge. */
const EXEMPT = /^\s*\/\*\s*no source:\s.+\*\/\s*$/s;

/**
 * Both languages of each written chapter have the same parts, were aligned, and cite what they state. A
 * draft is only held to what would break the site, and to its sources.
 */
export async function checkChapters(): Promise<string[]> {
  const written = chapters().filter((chapter) => chapter.written);
  const troubles = written.map(async (chapter) => {
    const { slug } = chapter;
    const [zh, en] = await Promise.all(LANGUAGES.map((language) => read(language, slug)));
    if (!zh || !en) return [];
    if (isDraft(chapter)) return drafted(slug, zh, en);
    const answers = await readAuthored(
      `${ANSWERS}/${slug}.yaml`,
      answersSchema,
      `write it as docs/contributing.md says, or say "unfinished: true" in the chapter's head`,
    );
    return [
      ...unknownParts(slug, zh, en),
      ...parallel(slug, zh, en),
      ...drift(slug, zh, en),
      ...unsourced(slug, zh, en),
      ...counted(slug, zh, en),
      ...unanswered(slug, [zh, en], answers.length),
    ];
  });
  return (await Promise.all(troubles)).flat();
}

/** What a draft is held to. */
function drafted(slug: string, zh: Chapter, en: Chapter): string[] {
  return [...unknownParts(slug, zh, en), ...unsourced(slug, zh, en), ...counted(slug, zh, en)];
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
    const hashes = other.sections.map(({ hash }) => hash);
    await writeFile(mine.file, withAligned(mine.mdx, hashes));
  }
}

/** A chapter's file with these hashes in its front matter; all else stays as it is. */
export function withAligned({ text, root }: Mdx, hashes: readonly string[]): string {
  const [front] = childrenOf(root);
  if (front?.type !== "yaml") throw new Error("a chapter begins with its front matter");
  const document = parseDocument(front.value);
  setAligned(document, hashes);
  const written = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return `---\n${written}---${text.slice(front.position?.end.offset)}`;
}

function setAligned(document: Document, hashes: readonly string[]): void {
  const list = document.createNode(hashes, { flow: true });
  if (!isSeq(list)) throw new Error("a list is a list");
  // A hash may have digits only: all are quoted, as none is a number.
  for (const item of list.items) if (isScalar(item)) item.type = Scalar.QUOTE_DOUBLE;
  document.set("aligned", list);
}

export interface Chapter {
  file: string;
  language: Language;
  mdx: Mdx;
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
  const mdx = parseMdx(text, file);
  const { aligned } = mdx.front;
  return {
    file,
    language,
    mdx,
    sections: sectionsOf(mdx),
    aligned: Array.isArray(aligned) ? aligned.map(String) : [],
  };
}

/** Parts of a chapter that there are not. */
function unknownParts(slug: string, ...both: readonly Chapter[]): string[] {
  return both.flatMap(({ language, mdx }) =>
    partTroubles(mdx.text).map((trouble) => `${language}/${slug}, ${trouble}`),
  );
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
  return both.flatMap(({ language, mdx }) => {
    const { length } = openExercises(mdx);
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
  return languages.flatMap(({ language, mdx }) =>
    statements(mdx.root).flatMap((statement) => {
      const [figure] = FIGURE.exec(prose(statement)) ?? [];
      if (figure === undefined || hasSource(statement)) return [];
      return `${language}/${slug}: “${figure}” has no source: give it a <Value>, a <Cite> or a note, or {/* no source: why */}: ${sourceOf(mdx, statement).slice(0, 60)}…`;
    }),
  );
}

/** Paragraphs with a number that an experiment printed, which was typed instead of taken from it. */
export function counted(slug: string, ...languages: Chapter[]): string[] {
  return languages.flatMap(({ language, mdx }) =>
    statements(mdx.root).flatMap((statement) => {
      const found = hasSource(statement) ? undefined : countIn(prose(statement), language);
      if (!found) return [];
      return `${language}/${slug}: “${found.number}” speaks of an experiment: take it from its recording with <Value>, or write {/* no source: why */}: ${found.sentence.slice(0, 60)}…`;
    }),
  );
}

/** Paragraphs, list items and rows of prose; no headings, notes and numbered exercises. */
function statements(node: MdastNode): MdastNode[] {
  switch (node.type) {
    case "paragraph":
    case "tableRow":
      return [node];
    case "heading":
    case "footnoteDefinition":
      return [];
    case "list":
      return node.ordered ? [] : childrenOf(node).flatMap(statements);
    default:
      return childrenOf(node).flatMap(statements);
  }
}

/** What is read of a paragraph, without what is typed into a machine. */
function prose(node: MdastNode): string {
  if (node.type === "text") return node.value;
  if (node.type === "break") return " ";
  const words = childrenOf(node).map(prose);
  return words.join(node.type === "tableRow" ? " | " : "");
}

function hasSource(statement: MdastNode): boolean {
  return (
    partsBelow(statement).some(({ name }) => SOURCES.has(name)) ||
    [...nodesBelow(statement)].some(
      (node) =>
        node.type === "footnoteReference" ||
        ((node.type === "mdxTextExpression" || node.type === "mdxFlowExpression") &&
          EXEMPT.test(node.value)),
    )
  );
}
