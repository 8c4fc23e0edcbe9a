import type { Answer } from "../../lab/port-fetch.ts";

/**
 * Nothing of the page may come from anywhere else: an address in it would mean this site, or the
 * reader's own computer, and not the machine.
 */
const ALONE = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;
/** What is no text, whatever its bytes. */
const NO_TEXT = /^(image|audio|video|font)\/(?!svg)/;

/**
 * What a frame shows of an answer, as a document of its own. In a browser only.
 * @returns undefined for what is no text
 */
export function documentOf({ type, body }: Answer): string | undefined {
  if (NO_TEXT.test(type)) return undefined;
  const text = textOf(body);
  if (text === undefined) return undefined;
  const isPage = type === "text/html" || type === "application/xhtml+xml";
  return ALONE + (isPage ? withoutLinks(text) : `<pre>${escaped(text)}</pre>`);
}

/** A page whose links lead nowhere: an address in it would be one of this site's. */
function withoutLinks(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const base of page.querySelectorAll("base")) base.remove();
  for (const link of page.querySelectorAll("[href]")) link.removeAttribute("href");
  for (const link of page.querySelectorAll("svg a")) link.removeAttribute("xlink:href");
  return page.documentElement.outerHTML;
}

/** The text of some bytes, if they are the beginning of one in UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
