import sitemap from "@astrojs/sitemap";
import type { AstroIntegration } from "astro";

/**
 * The list of pages for search engines, each with the same page in the other language.
 * @param root  the site's base path, with a slash at its end
 */
export function pageList(root: string): AstroIntegration {
  // It belongs to both languages, and would be taken for a second English page.
  const isFront = (url: string) => new URL(url).pathname === root;
  return sitemap({
    i18n: { defaultLocale: "en", locales: { zh: "zh-CN", en: "en" } },
    serialize({ links = [], ...page }) {
      return { ...page, links: isFront(page.url) ? [] : links.filter(({ url }) => !isFront(url)) };
    },
  });
}
