import type { Language } from "../lab/step.ts";
import { scriptJson } from "./page-json.ts";
import { WORDS_ID } from "./words.ts";
import { wordsOf } from "./words-of.ts";

/** With what Astro begins a part that comes alive, and the name of its component. */
const PART = /<astro-island [^>]*component-export="(\w+)"/g;

/**
 * A page with the texts of its interactive parts at the end of its head, so that they are there
 * before the first part is; or the page as it was, where it has none.
 */
export function withWords(page: string, lang: Language): string {
  const parts = new Set(Array.from(page.matchAll(PART), ([, name = ""]) => name));
  if (parts.size === 0) return page;
  const json = scriptJson(wordsOf(lang, parts));
  const block = `<script type="application/json" id="${WORDS_ID}">${json}</script>`;
  return page.replace("</head>", () => `${block}</head>`);
}
