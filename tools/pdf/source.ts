import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ROOT } from "../lib/paths.ts";

/** The file that a page's text is written in. */
export interface Source {
  /** Below the checkout: `src/content/docs/en/rings.mdx`. */
  file: string;
  text: string;
}

/** Letters of an element's text that are looked for: what a component adds may follow. */
const BEGINNING = 16;

/**
 * The line, from 1, where an element is written: the one that its text begins on, or else the heading above.
 * @param heading text of the heading above it; empty before the first
 */
export function lineOf({ text }: Source, heading: string, element: string): number {
  const lines = text.split("\n").map(plain);
  const above = heading ? lines.indexOf(plain(heading)) : 0;
  const first = Math.max(0, above);
  const beginning = plain(element).slice(0, BEGINNING);
  const own = lines.findIndex((line, index) => index >= first && line.includes(beginning));
  return (beginning !== "" && own >= 0 ? own : first) + 1;
}

/** A line without Markdown's marks, addresses and white space. */
function plain(line: string): string {
  return line
    .replaceAll(/\[\^[^\]]*\]/g, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/^#+|[*_`\s]/g, "");
}

/** What a page of the site is built from: a chapter's text, or a page of its own. */
export async function sourceOf(language: string, slug: string): Promise<Source> {
  const chapter = `src/content/docs/${language}/${slug}.mdx`;
  const file = existsSync(ROOT + chapter) ? chapter : `src/pages/[locale]/${slug}.astro`;
  return { file, text: await readFile(ROOT + file, "utf8") };
}
