import { createHash } from "node:crypto";

/** A chapter's text from one heading of the second level to the next. */
export interface Section {
  /** Text of its heading; empty for what stands before the first. */
  heading: string;
  /** Everything below the heading, as it is in the file. */
  text: string;
  /** First digits of the SHA-256 of heading and text. */
  hash: string;
}

/** Enough digits to tell versions of one section apart. */
const HASH_DIGITS = 8;

/** The parts of a chapter's file, without its front matter, imports and footnotes. */
export function sectionsOf(mdx: string): Section[] {
  const body = mdx.replace(/^---\n.*?\n---\n/s, "");
  const lines = body.split("\n").filter((line) => !/^(import |\[\^)/.test(line));
  const parts = lines.join("\n").split(/^## /m);
  return parts.map((part, index) => {
    const end = index === 0 ? 0 : part.indexOf("\n");
    const heading = index === 0 ? "" : part.slice(0, end).trim();
    const text = part.slice(end).trim();
    const hash = createHash("sha256").update(`${heading}\n${text}`).digest("hex");
    return { heading, text, hash: hash.slice(0, HASH_DIGITS) };
  });
}

/** What a section shows besides prose, in order: `Experiment uts`, `RingMeter`, `Claim os`. */
export function partsOf({ text }: Section): string[] {
  const inline = new Set(["Cite", "Term", "Value"]);
  return [...text.matchAll(/<([A-Z][A-Za-z]*)(?: id="([^"]+)")?/g)]
    .filter(([, tag = ""]) => !inline.has(tag))
    .map(([, tag = "", id]) => (id === undefined ? tag : `${tag} ${id}`));
}
