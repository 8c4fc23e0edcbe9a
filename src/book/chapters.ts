import { existsSync, readFileSync } from "node:fs";
import planned from "../content/chapters.json" with { type: "json" };
import { parseMdx } from "./mdx.ts";

const LANGUAGES = ["zh", "en"];

/** A chapter of the plan, in the book's order. Its slug is the same in both languages. */
export interface Chapter {
  /** Folder-less name of the page's file. Example: `namespaces`. */
  slug: string;
  /** Short title, for the sidebar and the list of chapters. */
  title: { zh: string; en: string };
  /** Whether the page exists in both languages. */
  written: boolean;
}

// From the checkout's root, not from this file: a build bundles this module somewhere else.
const DOCS = `${process.cwd()}/src/content/docs`;

/** All chapters of the plan. One is written as soon as both its pages exist. */
export function chapters(): Chapter[] {
  return planned.map((chapter) => ({
    ...chapter,
    written: LANGUAGES.every((locale) => existsSync(fileOf(locale, chapter.slug))),
  }));
}

const fileOf = (locale: string, slug: string) => `${DOCS}/${locale}/${slug}.mdx`;

/** Whether a written chapter says of itself, in either language, that it is a draft. */
export function isDraft({ slug, written }: Chapter): boolean {
  return (
    written &&
    LANGUAGES.some((locale) => {
      const file = fileOf(locale, slug);
      return parseMdx(readFileSync(file, "utf8"), file).front.unfinished;
    })
  );
}

/** The chapters a reader can open today. */
export function writtenChapters(): Chapter[] {
  return chapters().filter(({ written }) => written);
}

/** A written chapter's number, from 1; undefined for what is none. */
export function chapterNumber(slug: string): number | undefined {
  const index = writtenChapters().findIndex((chapter) => chapter.slug === slug);
  return index < 0 ? undefined : index + 1;
}
