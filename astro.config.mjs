// @ts-check
import { satteri } from "@astrojs/markdown-satteri";
import preact from "@astrojs/preact";
import starlight from "@astrojs/starlight";
import { defineConfig } from "astro/config";
import { writtenChapters } from "./src/book/chapters.ts";
import { footnotesInPageLanguage } from "./src/book/footnotes.ts";
import { GUEST } from "./tools/lib/paths.ts";
import { servedGuest } from "./tools/lib/served-guest.ts";

const { SITE_URL = "http://localhost:4321", SITE_BASE = "/", SITE_OUT = "dist" } = process.env;
/** The base path with a slash at its end. */
const ROOT_PATH = `${SITE_BASE.replace(/\/$/, "")}/`;

export default defineConfig({
  site: SITE_URL,
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
      head: [
        { tag: "link", attrs: { rel: "manifest", href: `${ROOT_PATH}manifest.webmanifest` } },
        { tag: "meta", attrs: { name: "theme-color", content: "#0b6363" } },
      ],
      sidebar: [
        ...writtenChapters().map(({ slug, title }) => ({
          slug,
          label: title.en,
          translations: { "zh-CN": title.zh },
        })),
        { slug: "try-docker" },
        { link: "/experiments/", label: "Lab notebook", translations: { "zh-CN": "实验记录本" } },
        { link: "/lab/", label: "Instruments", translations: { "zh-CN": "仪器" } },
        { link: "/claims/", label: "The claims", translations: { "zh-CN": "论断一览" } },
        { link: "/history/", label: "Timeline", translations: { "zh-CN": "时间线" } },
        {
          link: "/machines/",
          label: "About these machines",
          translations: { "zh-CN": "关于这些机器" },
        },
        { link: "/glossary/", label: "Glossary", translations: { "zh-CN": "术语表" } },
        { link: "/references/", label: "References", translations: { "zh-CN": "参考文献" } },
        { link: "/print/", label: "On paper", translations: { "zh-CN": "印到纸上" } },
        { link: "/offline/", label: "Without a network", translations: { "zh-CN": "离线阅读" } },
        { slug: "teachers" },
        { slug: "about" },
      ],
      customCss: ["./src/styles/palette.css", "./src/styles/book.css", "./src/styles/print.css"],
      components: {
        Head: "./src/components/starlight/Head.astro",
        LanguageSelect: "./src/components/starlight/LanguageSelect.astro",
        MarkdownContent: "./src/components/starlight/MarkdownContent.astro",
        Search: "./src/components/starlight/Search.astro",
      },
    }),
    preact(),
  ],
  vite: {
    plugins: [servedGuest(ROOT_PATH, GUEST)],
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
