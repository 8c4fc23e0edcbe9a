import { createHash } from "node:crypto";
import { childrenOf, type MdastNode, type Mdx, partsBelow, sourceOf } from "./mdx.ts";

/** A chapter's text from one heading of the second level to the next. */
export interface Section {
  /** Text of its heading, as it is in the file; empty for what stands before the first. */
  heading: string;
  /** Everything below the heading, as it is in the file, without imports and footnotes. */
  text: string;
  nodes: readonly MdastNode[];
  /** First digits of the SHA-256 of heading and text. */
  hash: string;
}

/** Enough digits to tell versions of one section apart. */
const HASH_DIGITS = 8;
/** Components that are words of a sentence. */
const INLINE: ReadonlySet<string> = new Set(["Cite", "Term", "Value"]);

/** The parts of a chapter's file, without its front matter, imports and footnotes. */
export function sectionsOf(mdx: Mdx): Section[] {
  const nodes = childrenOf(mdx.root).filter(({ type }) => type !== "yaml");
  const starts = nodes.flatMap((node, index) =>
    node.type === "heading" && node.depth === 2 ? [index] : [],
  );
  const first = nodes.slice(0, starts[0]);
  const others = starts.map((start, index) => nodes.slice(start, starts[index + 1]));
  return [
    section("", textOf(mdx, first), first),
    ...others.map(([head, ...below]) => {
      const title = head ? childrenOf(head).map((child) => sourceOf(mdx, child)) : [];
      return section(title.join("").trim(), textOf(mdx, below), below);
    }),
  ];
}

function section(heading: string, text: string, nodes: readonly MdastNode[]): Section {
  const hash = createHash("sha256").update(`${heading}\n${text}`).digest("hex");
  return { heading, text, nodes, hash: hash.slice(0, HASH_DIGITS) };
}

/** The text from the first of some neighbours to the last, without lines of imports and footnotes. */
function textOf(mdx: Mdx, nodes: readonly MdastNode[]): string {
  const [first, last] = [nodes[0]?.position, nodes.at(-1)?.position];
  if (!first || !last) return "";
  const left = nodes.filter(({ type }) => type === "mdxjsEsm" || type === "footnoteDefinition");
  let text = "";
  let from = first.start.offset ?? 0;
  for (const { position } of left) {
    text += mdx.text.slice(from, position?.start.offset);
    from = position?.end.offset ?? from;
    // Its line ends with it.
    if (mdx.text[from] === "\n") from += 1;
  }
  return (text + mdx.text.slice(from, last.end.offset)).trim();
}

/** What a section shows besides prose, in order: `Experiment uts`, `RingMeter`, `Claim os`. */
export function partsOf({ nodes }: Section): string[] {
  return nodes
    .flatMap(partsBelow)
    .filter(({ name }) => !INLINE.has(name))
    .map(({ name, attributes: { id } }) => (id === undefined ? name : `${name} ${id}`));
}
