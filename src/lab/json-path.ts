import { query } from "jsonpath-rfc9535";
import parse from "jsonpath-rfc9535/parser";

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
 * The one value that a path selects in a JSON text.
 * @returns undefined when the text is no JSON, or the path selects none, several, or a structure
 */
export function valueAtPath(text: string, path: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const [value, ...others] = query(document as Parameters<typeof query>[0], path);
  if (others.length > 0 || value === null || value === undefined || typeof value === "object")
    return undefined;
  return String(value);
}
