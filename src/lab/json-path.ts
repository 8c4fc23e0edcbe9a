import { query } from "jsonpath-rfc9535";
import parse from "jsonpath-rfc9535/parser";
import { exactNumber } from "./exact-number.ts";

/** Whether a text is a JSON path (RFC 9535): `$.layers[0].digest`. */
export function isJsonPath(path: string): boolean {
  try {
    parse(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * The one value that a path selects in a JSON text; of a number, every digit that was printed.
 * @returns undefined when the text is no JSON, or the path selects none, several, or a structure
 */
export function valueAtPath(text: string, path: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text, asPrinted);
  } catch {
    return undefined;
  }
  const [value, ...others] = query(document as Parameters<typeof query>[0], path);
  if (others.length > 0 || value === null || value === undefined || typeof value === "object")
    return undefined;
  return String(value);
}

/** What the language passes to a reviver and TypeScript does not know yet: a primitive's own text. */
interface Revived {
  source?: string;
}

/** Keeps the text of a number that a double cannot hold, such as an inode of 19 digits. */
function asPrinted(_key: string, value: unknown, context?: Revived): unknown {
  if (typeof value !== "number") return value;
  const { source } = context ?? {};
  // Browsers before 2025 do not tell the text: rather no value than a wrong one.
  if (source === undefined)
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : value;
  const held = exactNumber(String(value));
  return held && exactNumber(source)?.equals(held) ? value : source;
}
