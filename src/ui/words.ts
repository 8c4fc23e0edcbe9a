import type { Language } from "../lab/step.ts";
import { jsonOf } from "./page-json.ts";
import type { Strings } from "./strings.ts";
import { wordsOf } from "./words-of.ts";

/** Where a page keeps the texts of its interactive parts: the id of a `script` that holds JSON. */
export const WORDS_ID = "ok-words";

let read: Strings | undefined;

/**
 * The texts of a page's interactive parts, which each of them finds here: as properties, a page
 * would carry them once for every part.
 * @param lang  the page's language, of which a browser needs no telling
 */
export function words(lang: Language): Strings {
  if (import.meta.env.SSR) return wordsOf(lang);
  read ??= (jsonOf(WORDS_ID) ?? {}) as Strings;
  return read;
}
