import ts from "typescript";

/** A machine's name that stands in code. */
export interface FoundName {
  name: string;
  /** The line it stands on, from 1. */
  line: number;
}

/**
 * Machines' names among a file's strings and properties: a whole string (`"linux"`), a part of an id
 * or a path (`"boot.linux.seconds"`), a property (`facts.stock`). Comments and sentences may name them.
 * @param file  its path tells how it is read: `.ts`, `.tsx` or `.astro`
 */
export function machineNamesIn(
  file: string,
  text: string,
  machines: readonly string[],
): FoundName[] {
  const found: FoundName[] = [];
  const source = ts.createSourceFile(
    file,
    file.endsWith(".astro") ? astroAsTsx(text) : text,
    ts.ScriptTarget.Latest,
    true,
    file.endsWith(".ts") ? ts.ScriptKind.TS : ts.ScriptKind.TSX,
  );
  const visit = (node: ts.Node): void => {
    for (const name of namesOf(node, machines))
      found.push({ name, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function namesOf(node: ts.Node, machines: readonly string[]): string[] {
  if (ts.isStringLiteralLike(node) || isTemplatePart(node)) return partsOf(node.text, machines);
  if (ts.isJsxText(node)) return partsOf(node.text.trim(), machines);
  if (ts.isIdentifier(node) && isProperty(node)) return partsOf(node.text, machines);
  return [];
}

/** What has a space is a sentence or a command. */
function partsOf(text: string, machines: readonly string[]): string[] {
  if (/\s/.test(text)) return [];
  return text.split(/[^A-Za-z0-9_-]+/).filter((part) => machines.includes(part));
}

function isTemplatePart(
  node: ts.Node,
): node is ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail {
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
}

/** Whether a name is a property's, where it is made, typed or read. */
function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyAccessExpression(parent)) &&
    parent.name === node
  );
}

/** The script between the fences and the markup below it, each on its own lines; then scripts of the page. */
function astroAsTsx(text: string): string {
  const [, script = "", markup = text] = /^---\n(.*?)^---\n(.*)$/ms.exec(text) ?? [];
  const blank = (part: string) => part.replaceAll(/[^\n]/g, "");
  const code = [...markup.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, inner]) => inner);
  const drawn = markup.replaceAll(/<(style|script).*?<\/\1>/gs, blank);
  return `\n${script}\n;<>${drawn}</>;\n${code.join("\n")}`;
}
