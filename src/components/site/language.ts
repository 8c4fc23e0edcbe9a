import type { Language } from "../../lab/step.ts";

/** Where the browser keeps the language the reader last chose: `zh` or `en`. */
export const LANGUAGE_KEY = "one-kernel-language";

/** The languages as the first part of a page's address. */
export const LOCALES: readonly Language[] = ["zh", "en"];

/** The site's base path, with both slashes: `/`, or `/one-kernel/` on a project page. */
export const SITE_BASE = `${import.meta.env.BASE_URL.replace(/\/$/, "")}/`;

/** Address of a page in one language: `pageUrl("zh", "claims")`, below the site's base. */
export function pageUrl(locale: Language, path: string): string {
  return `${SITE_BASE}${locale}/${path}/`;
}

/**
 * The language of the page at an address: its first part below the site's base. Starlight's own
 * record of it does not exist yet while the content of our own pages is rendered.
 */
export function langOf({ pathname }: URL): Language {
  const [first] = pathname
    .slice(import.meta.env.BASE_URL.length)
    .split("/")
    .filter(Boolean);
  return first === "zh" ? "zh" : "en";
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
