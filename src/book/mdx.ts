import { relative } from "node:path";
import {
  type MdastNode,
  type MdxJsxFlowElement,
  type MdxJsxTextElement,
  mdxToMdast,
} from "satteri";
import { parse } from "yaml";
import { AuthorError } from "../lab/authored.ts";

export type { MdastNode };

/** A chapter's file as Astro's own processor reads it, whichever way its parts are written. */
export interface Mdx {
  text: string;
  root: MdastNode;
  /** Offset of the text that follows the front matter, and the front matter's values. */
  body: number;
  front: Readonly<Record<string, unknown>>;
}

/** A component in a chapter: `<Cite id="spec" />`, with quotes of either kind, or on several lines. */
export interface Part {
  name: string;
  /** Those that are plain text. */
  attributes: Readonly<Record<string, string>>;
  /** Names of those that a script works out, so that nobody can tell what they are. */
  computed: readonly string[];
  line: number;
}

/**
 * @param file  what a trouble calls it: `src/content/docs/en/rings.mdx`
 * @throws AuthorError when the text is no MDX, or its front matter no YAML
 */
export function parseMdx(text: string, file = "MDX"): Mdx {
  try {
    return parsed(text);
  } catch (thrown) {
    const [why] = String(thrown instanceof Error ? thrown.message : thrown).split("\n");
    throw new AuthorError([`${relative(process.cwd(), file)}: ${why}`]);
  }
}

function parsed(text: string): Mdx {
  const root = mdxToMdast(text);
  const [first] = childrenOf(root);
  if (first?.type !== "yaml") return { text, root, body: 0, front: {} };
  const front: unknown = parse(first.value);
  const known = typeof front === "object" && front !== null ? front : {};
  return { text, root, body: first.position?.end.offset ?? 0, front: { ...known } };
}

/** The components below a node, in order; not those that code or a comment speaks of. */
export function partsBelow(node: MdastNode): Part[] {
  return [...nodesBelow(node)].filter(isComponent).map((component) => {
    const known: [string, string][] = [];
    const computed: string[] = [];
    for (const attribute of component.attributes) {
      if (attribute.type !== "mdxJsxAttribute") continue;
      const { name, value } = attribute;
      const plain = typeof value === "object" && value ? literalOf(value.value) : (value ?? "");
      if (plain === undefined) computed.push(name);
      else known.push([name, plain]);
    }
    const line = component.position?.start.line ?? 0;
    return { name: component.name ?? "", attributes: Object.fromEntries(known), computed, line };
  });
}

/** A node and all nodes below it, in the text's order. */
export function* nodesBelow(node: MdastNode): Generator<MdastNode> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesBelow(child);
}

export function childrenOf(node: MdastNode): MdastNode[] {
  return "children" in node ? (node.children as MdastNode[]) : [];
}

/** What of the file's text a node is, as it is written there. */
export function sourceOf({ text }: Pick<Mdx, "text">, { position }: MdastNode): string {
  return position ? text.slice(position.start.offset, position.end.offset) : "";
}

function isComponent(node: MdastNode): node is MdxJsxFlowElement | MdxJsxTextElement {
  return (
    (node.type === "mdxJsxFlowElement" || node.type === "mdxJsxTextElement") &&
    /^[A-Z]/.test(node.name ?? "")
  );
}

/** The text of `"…"`, `'…'` or a template without holes. */
function literalOf(expression: string): string | undefined {
  const [, quote, text = ""] = /^\s*(["'`])([^\\]*)\1\s*$/s.exec(expression) ?? [];
  if (quote === undefined || text.includes(quote)) return undefined;
  return quote === "`" && text.includes("${") ? undefined : text;
}
