import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Element, ElementContent } from "hast";
import { fromHtml } from "hast-util-from-html";
import { toString as textOf } from "hast-util-to-string";
import { beforeAll, describe, expect, it } from "vitest";
import { writtenChapters } from "../../src/book/chapters.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { find } from "../../tools/pdf/tree.ts";

const CHAPTERS = writtenChapters().map(({ slug }) => slug);
/** Names under which the allowed fonts are embedded. */
const ALLOWED = /^[A-Z]{6}\+(Noto(Sans|Serif)(Mono)?CJKsc|Noto(Sans|Serif)|JetBrainsMono)-/;
/** Points: A4 with the template's margins. Stops and hyphens at a line's end hang out by half of themselves. */
const HANGS = 5;
const TEXT = { left: 59 - HANGS, right: 595.3 - 59 + HANGS, top: 73.7, bottom: 841.9 - 73.7 };
/** What is below the text: the page's number. */
const PAGE_NUMBER = /^([ivxl]+|\d+)$/;
/** Points above the text that the running head is within. */
const HEAD = { top: 40, bottom: 70 };

const output = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });

describe.each(["zh", "en"] as const)("the printed book in %s", (language) => {
  const file = `${ROOT}dist/pdf/one-kernel.${language}.pdf`;
  let pages: Word[][];
  const contents = new Map<string, Content>();
  beforeAll(async () => {
    pages = pagesOf(file);
    for (const slug of CHAPTERS) contents.set(slug, await contentOf(language, slug));
  });

  it("has as many pages as its text needs, and is a sound, tagged PDF", () => {
    const info = output("pdfinfo", file);
    expect(info).toMatch(/^Tagged:\s+yes$/m);
    expect(info).toMatch(/^Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)$/m);
    const count = Number(/^Pages:\s+(\d+)$/m.exec(info)?.[1]);
    expect(count).toBeGreaterThan(15 * CHAPTERS.length);
    expect(count).toBeLessThan(40 * CHAPTERS.length);
    expect(output("qpdf", "--check", file)).toContain("No syntax or stream encoding errors");
    const plain = output("qpdf", "--qdf", "--object-streams=disable", file, "-");
    expect(plain).toMatch(language === "zh" ? /\/Lang \(zh/ : /\/Lang \(en/);
  });

  it("embeds the book's fonts and no other", () => {
    const [, , ...lines] = output("pdffonts", file).trim().split("\n");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) {
      expect(line).toMatch(ALLOWED);
      expect(line).toMatch(/\s+yes yes yes\s+\d+/);
    }
  });

  it("has the site's chapters and sections as bookmarks", () => {
    const { outlines } = JSON.parse(output("qpdf", "--json", "--json-key=outlines", file));
    const titles = (outlines as Outline[]).map(({ title }) => title);
    for (const [index, slug] of CHAPTERS.entries()) {
      const content = contents.get(slug) as Content;
      const bookmark = outlines[titles.findIndex((title) => title.startsWith(`${index + 1}`))];
      const sections = find(content.main, isWrapper)
        .flatMap((wrapper) => find(wrapper, ({ tagName }) => tagName === "h2"))
        .filter(({ properties }) => properties.id !== "footnote-label")
        .map((heading) => tight(textOf(heading)));
      const marked = (bookmark.kids as Outline[]).map(({ title }) => tight(title));
      expect(tight(bookmark.title)).toBe(tight(`${index + 1}${content.title}`));
      expect(marked).toEqual(sections);
    }
  });

  it("has every section's text", () => {
    const printed = tight(output("pdftotext", "-raw", file, "-"));
    for (const slug of CHAPTERS) {
      const { main } = contents.get(slug) as Content;
      const missing = prose(main).filter((paragraph) => !has(printed, paragraph));
      expect(missing, slug).toEqual([]);
    }
  });

  it("sets nothing beyond the page's text area", () => {
    const beyond = pages.flat().filter(({ left, right }) => left < TEXT.left || right > TEXT.right);
    expect(beyond.map(({ word }) => word)).toEqual([]);
  });

  it("sets nothing above or below the text area but running heads and page numbers", () => {
    const outside = pages.flatMap((words) => {
      // A word's box is higher than its ink, so its middle counts.
      const below = words.filter(({ top, bottom }) => (top + bottom) / 2 > TEXT.bottom);
      const above = words.filter(({ top, bottom }) => (top + bottom) / 2 < TEXT.top);
      const numbered = below.length <= 1 && below.every(({ word }) => PAGE_NUMBER.test(word));
      return [
        ...(numbered ? [] : below),
        ...above.filter(({ top, bottom }) => top < HEAD.top || bottom > HEAD.bottom),
      ];
    });
    expect(outside.map(({ word }) => word)).toEqual([]);
  });

  it("sets no word over another", () => {
    // Chinese marks are squeezed: their boxes overlap though their ink does not.
    const latin = pages.map((words) => words.filter(({ word }) => /^[!-~]+$/.test(word)));
    expect(latin.flat().length).toBeGreaterThan(5000);
    const over = latin.flatMap((words) =>
      words.filter((one, index) => words.slice(index + 1).some((other) => covers(one, other))),
    );
    expect(over.map(({ word }) => word)).toEqual([]);
  });

  it("comes chapter by chapter, too", () => {
    for (const slug of CHAPTERS)
      expect(output("pdfinfo", `${ROOT}dist/pdf/${language}/${slug}.pdf`)).toMatch(
        /^Pages:\s+\d\d$/m,
      );
  });
});

it("comes out the same again, byte for byte", async () => {
  const files = ["one-kernel.zh.pdf", ...CHAPTERS.map((slug) => `zh/${slug}.pdf`)];
  const read = () => Promise.all(files.map((name) => readFile(`${ROOT}dist/pdf/${name}`)));
  const before = await read();
  output("node", `${ROOT}tools/pdf.ts`, "--language", "zh");
  const after = await read();
  for (const [index, bytes] of after.entries())
    expect(bytes.equals(before[index] as Buffer), files[index]).toBe(true);
});

/** A word's box in points from the page's upper left. */
interface Word {
  word: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function pagesOf(file: string): Word[][] {
  const box = /<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)<\/word>/g;
  return output("pdftotext", "-bbox", file, "-")
    .split("<page ")
    .map((page) =>
      [...page.matchAll(box)].map(([, left, top, right, bottom, word = ""]) => ({
        word,
        left: Number(left),
        top: Number(top),
        right: Number(right),
        bottom: Number(bottom),
      })),
    );
}

/** Whether two boxes share more than a point in width, and more than half of their height. */
function covers(one: Word, other: Word): boolean {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return width > 1 && height > (one.bottom - one.top) / 2;
}

interface Outline {
  title: string;
  kids: Outline[];
}

interface Content {
  main: Element;
  title: string;
}

async function contentOf(language: string, slug: string): Promise<Content> {
  const root = fromHtml(await readFile(`${ROOT}dist/${language}/${slug}/index.html`, "utf8"));
  const [main] = find(root, ({ properties }) =>
    String(properties.className).includes("sl-markdown-content"),
  );
  const [title] = find(root, ({ tagName }) => tagName === "h1");
  return { main: main as Element, title: textOf(title as Element) };
}

/** Starlight's box around a heading of the text; those of labs have none. */
function isWrapper({ properties }: Element): boolean {
  return String(properties.className).includes("sl-heading-wrapper");
}

/** What a reader of the page reads: paragraphs, items and cells outside of labs, notes included. */
function prose(element: Element): string[] {
  return element.children.flatMap((child) => {
    if (child.type !== "element") return [];
    const classes = String(child.properties.className);
    if (
      /ok-|sl-anchor/.test(classes) &&
      !/ok-steps|ok-step\b|ok-lab\b|ok-explain|ok-claim/.test(classes)
    )
      return [];
    return ["p", "td", "h2", "h3", "pre"].includes(child.tagName) ? [said(child)] : prose(child);
  });
}

/** An element's text without what is for the screen alone. */
function said(node: ElementContent): string {
  if (node.type === "text") return node.value;
  if (node.type !== "element" || node.tagName === "script") return "";
  const hidden = /ok-term-means|data-footnote-backref|sr-only/.test(
    String(node.properties.className),
  );
  const reference = node.properties.dataFootnoteRef !== undefined;
  return hidden || reference ? "" : node.children.map(said).join("");
}

/** Text without what typesetting adds or takes: white space, hyphens, marks of continued lines. */
function tight(text: string): string {
  return text.replaceAll(/[\s\u00ad-]|»/g, "").normalize("NFKC");
}

/** Letters of a piece that is looked for at once, and how often it may be parted by a note's number or a page's end. */
const PIECE = 40;
const PARTED = 3;

function has(printed: string, paragraph: string): boolean {
  const text = tight(paragraph);
  for (let start = 0; start < text.length; start += PIECE)
    if (!found(printed, text.slice(start, start + PIECE), PARTED)) return false;
  return true;
}

/** Whether a piece is printed, as a whole or in a few parts. */
function found(printed: string, piece: string, parts: number): boolean {
  if (printed.includes(piece)) return true;
  for (let end = piece.length - 1; parts > 0 && end > 0; end--)
    if (printed.includes(piece.slice(0, end))) return found(printed, piece.slice(end), parts - 1);
  return false;
}
