import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { distance } from "fastest-levenshtein";
import { isMap, isNode, isPair, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";

/** What an author's file says wrongly: each trouble a line, `file:line: field: what is wrong`. */
export class AuthorError extends Error {
  override readonly name = "AuthorError";
  readonly troubles: readonly string[];

  constructor(troubles: readonly string[]) {
    super(troubles.join("\n"));
    this.troubles = troubles;
  }
}

/**
 * Reads and validates a YAML or JSON file.
 * @param make  what to do where there is none: `npm run new -- chapter rings writes one`
 * @throws AuthorError
 */
export async function readAuthored<T>(
  file: string,
  schema: z.ZodType<T>,
  make?: string,
): Promise<T> {
  const name = relative(process.cwd(), file);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new AuthorError([`${name}: ${why}${make ? `: ${make}` : ""}`]);
  });
  return parseAuthored(text, name, schema);
}

/** Validates a YAML or JSON text. @param file  what the troubles call it @throws AuthorError */
export function parseAuthored<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0)
    throw new AuthorError(
      document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message.split("\n")[0]}`),
    );
  const value: unknown = document.toJS();
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const troubles = result.error.issues.flatMap((issue) => {
    const node = nearest(document.contents, issue.path);
    const where = at(node?.range?.[0] ?? 0);
    const field = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map(
        (key) =>
          `${at(keyOffset(node, key))}: ${[...issue.path, key].map(String).join(".")}: there is no such field${instead(key, keysAt(schema, issue.path))}`,
      );
    const there = valueAt(value, issue.path);
    const told = `${where}: ${field || "the whole"}`;
    if (there !== undefined) return [`${told}: ${issue.message}; found ${shown(there)}`];
    // What a schema says itself of something that is missing says more.
    return [`${told}: ${issue.code === "invalid_type" ? "is missing" : issue.message}`];
  });
  throw new AuthorError(troubles);
}

/** The node at a path, or the deepest above it that there is. */
function nearest(root: Node | null, path: readonly PropertyKey[]): Node | null {
  let node = root;
  for (const key of path) {
    if (!isMap(node) && !(node && "items" in node)) break;
    const next = (node as { get(key: unknown, keep: true): unknown }).get(key, true);
    if (!isNode(next)) break;
    node = next;
  }
  return node;
}

function keyOffset(node: Node | null, key: string): number {
  const pair = isMap(node)
    ? node.items.find((item) => isPair(item) && String(item.key) === key)
    : undefined;
  return (isNode(pair?.key) ? pair.key.range?.[0] : node?.range?.[0]) ?? 0;
}

/** Longer values are found by their line. */
const SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (inside as Record<PropertyKey, unknown> | undefined | null)?.[key],
    value,
  );
}

/** Letters by which a name may differ from the one that was meant. */
const NEAR = 3;

function instead(key: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return "";
  const near = allowed.toSorted((a, b) => distance(a, key) - distance(b, key))[0] ?? "";
  const meant = distance(near, key) <= NEAR ? `; did you mean ${near}` : "";
  return `${meant}; there are: ${allowed.join(", ")}`;
}

/** The fields that a schema has at a path, as far as it is made of objects and lists. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const [first, ...rest] = path;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return keysAt(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodUnion)
    return [...new Set((schema.options as z.ZodType[]).flatMap((each) => keysAt(each, path)))];
  if (schema instanceof z.ZodArray)
    return first === undefined ? [] : keysAt(schema.element as z.ZodType, rest);
  if (schema instanceof z.ZodRecord)
    return first === undefined ? [] : keysAt(schema.valueType as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (first === undefined) return Object.keys(schema.shape);
  const inner: unknown = schema.shape[String(first)];
  return inner instanceof z.ZodType ? keysAt(inner, rest) : [];
}
