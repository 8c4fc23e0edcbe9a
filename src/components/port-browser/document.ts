import type { Answer } from "../../lab/port-fetch.ts";

/**
 * Nothing of the page may come from anywhere else: an address in it would mean this site, or the
 * reader's own computer, and not the machine.
 */
const ALONE = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;
/** Links lead nowhere: a frame without rights may open no window. */
const NOWHERE = `<base target="_blank">`;

/**
 * What a frame shows of an answer, as a document of its own.
 * @returns undefined for what is no text
 */
export function documentOf({ type, body }: Answer): string | undefined {
  const text = new TextDecoder().decode(body);
  if (type === "text/html" || type === "application/xhtml+xml") return ALONE + NOWHERE + text;
  const isText =
    type.startsWith("text/") || type === "application/json" || (type === "" && isUtf8(body));
  return isText ? `${ALONE}<pre>${escaped(text)}</pre>` : undefined;
}

/** Whether bytes are the beginning of a text, as far as one can tell. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true })
      .decode(bytes, { stream: true })
      .includes("\0");
  } catch {
    return false;
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
