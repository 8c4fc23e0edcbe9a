import { chapterNumber, writtenChapters } from "../../book/chapters.ts";
import type { Language } from "../../lab/step.ts";
import { pageUrl, SITE_BASE } from "./language.ts";

/** Under which the texts may be used; its SPDX name is CC-BY-SA-4.0. */
const LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/";
const LANGUAGES = { zh: "zh-CN", en: "en" };

/** What a page says of itself to programs. */
interface Described {
  locale: Language;
  /** The book's name in the page's language. */
  book: string;
  /** Address below the language, without slashes; empty for the language's first page. */
  slug: string;
  title: string;
  description: string | undefined;
  modified: Date | undefined;
}

/**
 * The book or one of its chapters in the words of schema.org, as JSON-LD; undefined for other pages.
 * @param site  the site's address
 */
export function jsonLd(site: URL, page: Described): string | undefined {
  const { locale, book, slug, title, description, modified } = page;
  const address = (path: string) => new URL(path, site).href;
  const common = {
    "@context": "https://schema.org",
    inLanguage: LANGUAGES[locale],
    license: LICENCE,
    ...(description && { description }),
    ...(modified && { dateModified: modified.toISOString().slice(0, 10) }),
  };
  const home = address(`${SITE_BASE}${locale}/`);
  const number = chapterNumber(slug);
  if (slug !== "" && number === undefined) return undefined;
  const data =
    slug === ""
      ? {
          ...common,
          "@type": "Book",
          "@id": home,
          url: home,
          name: book,
          isAccessibleForFree: true,
          hasPart: writtenChapters().map((chapter) => ({
            "@type": "Chapter",
            url: address(pageUrl(locale, chapter.slug)),
            name: chapter.title[locale],
          })),
        }
      : {
          ...common,
          "@type": "Chapter",
          url: address(pageUrl(locale, slug)),
          name: title,
          position: number,
          isPartOf: { "@type": "Book", "@id": home, name: book },
        };
  // Nothing in it may end the element that it stands in.
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
