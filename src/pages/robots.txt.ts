import type { APIContext } from "astro";
import { SITE_BASE } from "../components/site/language.ts";

/** Everything may be read by programs; a site whose address is known says where its pages are listed. */
export function GET({ site }: APIContext): Response {
  const sitemap = site && new URL(`${SITE_BASE}sitemap-index.xml`, site).href;
  return new Response(`User-agent: *\nAllow: /\n${sitemap ? `Sitemap: ${sitemap}\n` : ""}`);
}
