// @ts-check
import { satteri } from "@astrojs/markdown-satteri";
import preact from "@astrojs/preact";
import starlight from "@astrojs/starlight";
import { defineConfig } from "astro/config";
import { footnotesInPageLanguage } from "./src/book/footnotes.ts";
import { partsInScope } from "./src/book/parts.ts";
import { sidebar } from "./src/book/sidebar.ts";
import { pageList } from "./tools/lib/page-list.ts";
import { GUEST } from "./tools/lib/paths.ts";
import { servedGuest } from "./tools/lib/served-guest.ts";

const { SITE_URL, SITE_BASE = "/", SITE_OUT = "dist", SITE_REPOSITORY } = process.env;
/** The base path with a slash at its end. */
const ROOT_PATH = `${SITE_BASE.replace(/\/$/, "")}/`;

export default defineConfig({
  ...(SITE_URL && { site: SITE_URL }),
  base: SITE_BASE,
  outDir: SITE_OUT,
  trailingSlash: "always",
  markdown: { processor: satteri({ hastPlugins: [footnotesInPageLanguage] }) },
  integrations: [
    starlight({
      title: { "zh-CN": "同一个内核", en: "One Kernel" },
      locales: {
        zh: { label: "简体中文", lang: "zh-CN" },
        en: { label: "English", lang: "en" },
      },
      defaultLocale: "en",
      disable404Route: true,
      lastUpdated: true,
      ...(SITE_REPOSITORY && {
        editLink: { baseUrl: `${SITE_REPOSITORY.replace(/\/$/, "")}/edit/main/` },
      }),
      head: [
        { tag: "link", attrs: { rel: "manifest", href: `${ROOT_PATH}manifest.webmanifest` } },
        { tag: "meta", attrs: { name: "theme-color", content: "#0b6363" } },
      ],
      sidebar: sidebar(),
      customCss: ["./src/styles/palette.css", "./src/styles/book.css", "./src/styles/print.css"],
      components: {
        Head: "./src/components/starlight/Head.astro",
        LanguageSelect: "./src/components/starlight/LanguageSelect.astro",
        MarkdownContent: "./src/components/starlight/MarkdownContent.astro",
        Search: "./src/components/starlight/Search.astro",
      },
    }),
    preact(),
    ...(SITE_URL ? [pageList(ROOT_PATH)] : []),
  ],
  vite: {
    plugins: [partsInScope(), servedGuest(ROOT_PATH, GUEST)],
    worker: { format: "es" },
    // A schema that a page does not use is left out of its scripts, and with the last one the library.
    build: { rolldownOptions: { treeshake: { manualPureFunctions: ["z"] } } },
    // What is imported only once a machine starts: found late, it would reload the page in mid-run.
    optimizeDeps: {
      include: [
        "@alexaltea/capstone-js",
        "@noble/hashes/sha2.js",
        "@noble/hashes/utils.js",
        "@preact/signals",
        "@xterm/addon-fit",
        "@xterm/xterm",
        "d3-hierarchy",
        "d3-scale",
        "d3-shape",
        "jsonpath-rfc9535",
        "strip-ansi",
        "v86",
        "wabt",
        "zod",
        "zod/mini",
        "zstddec/stream",
      ],
    },
  },
});
