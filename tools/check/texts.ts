import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { isScalar, LineCounter, parseDocument, visit } from "yaml";
import { childrenOf, type Mdx, nodesBelow, parseMdx, sourceOf } from "../../src/book/mdx.ts";
import { AuthorError } from "../../src/lab/authored.ts";

/** Something that a reader reads, in one piece: lines that a file breaks for its own sake are joined. */
export interface Text {
  /** The file's line where it begins. */
  line: number;
  text: string;
}

/** The texts of one of {@link filesIn}'s files. @throws AuthorError when it cannot be read as what it is */
export async function textsOf(file: string): Promise<Text[]> {
  const content = await readFile(file, "utf8");
  if (/\.mdx?$/.test(file)) return textsInMdx(content, file);
  try {
    return textsInYaml(content);
  } catch (thrown) {
    const [why] = String(thrown instanceof Error ? thrown.message : thrown).split("\n");
    throw new AuthorError([`${relative(process.cwd(), file)}: ${why}`]);
  }
}

/** Every value of a YAML or JSON text; keys, comments and anchors are no texts. */
export function textsInYaml(yaml: string, firstLine = 1): Text[] {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const [error] = document.errors;
  if (error) throw error;
  const texts: Text[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === "key" || !isScalar(node) || typeof node.value !== "string") return;
      const at = lines.linePos(node.range?.[0] ?? 0).line + firstLine - 1;
      // What is left of the breaks is meant: a block of several lines, or of several paragraphs.
      for (const text of node.value.split("\n")) if (text.trim()) texts.push({ line: at, text });
    },
  });
  return texts;
}

/** Front matter, headings, paragraphs and cells of an MDX text as written, and plain attributes. */
export function textsInMdx(content: string, file?: string): Text[] {
  const mdx = parseMdx(content, file);
  const front = childrenOf(mdx.root).find(({ type }) => type === "yaml");
  const texts = front?.type === "yaml" ? textsInYaml(front.value, 2) : [];
  for (const node of nodesBelow(mdx.root)) {
    const line = node.position?.start.line ?? 1;
    if (node.type === "paragraph" || node.type === "heading" || node.type === "tableCell")
      texts.push({ line, text: joined(mdx, node) });
    if (node.type !== "mdxJsxFlowElement" && node.type !== "mdxJsxTextElement") continue;
    for (const attribute of node.attributes)
      if (attribute.type === "mdxJsxAttribute" && typeof attribute.value === "string")
        texts.push({ line, text: attribute.value });
  }
  return texts;
}

/** A break of a line is a space on the page; what marks a quotation or indents a list is not there. */
function joined(mdx: Mdx, node: Parameters<typeof sourceOf>[1]): string {
  return sourceOf(mdx, node).replaceAll(/\s*\n[\s>]*/g, " ");
}
