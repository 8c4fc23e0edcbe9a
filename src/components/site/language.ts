import type { Language } from "../../lab/schema.ts";

/** Where the browser keeps the language the reader last chose: `zh` or `en`. */
export const LANGUAGE_KEY = "one-kernel-language";

/** The language of the page that is being rendered. */
export function langOf({ starlightRoute }: App.Locals): Language {
  return starlightRoute.lang.startsWith("zh") ? "zh" : "en";
}

/** Remembers the reader's choice for the next visit to the front page. */
export function rememberLanguage(language: string | undefined): void {
  if (language === undefined) return;
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // Storage may be blocked; the link itself still works.
  }
}
