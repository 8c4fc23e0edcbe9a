import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { z } from "zod";
import { readAuthored } from "../../src/lab/authored.ts";
import type { Asked } from "../../src/search/asked.ts";
import { filesBelow } from "./files.ts";
import { ROOT } from "./paths.ts";

/** Languages of the pages, as the address and as the page names them. */
const LANGUAGES = { en: "en", zh: "zh-cn" } as const;
/** What of a page no reader reads. */
const UNREAD = /<(script|style|svg|template)\b.*?<\/\1>|<[^>]*>/gs;
/** Words are the build's to add. */
const writtenSchema = z.strictObject({
  empty: z.array(z.string()),
  means: z.record(z.string(), z.array(z.string())),
});
/** Shorter ones cannot be told from others that are spelt wrongly. */
const WORD = /[a-z]{4,}/g;

/**
 * Lets the search of a built site ask its index as readers ask: puts `src/search/engine.ts` with
 * Pagefind's engine in that one's place, and what it knows of each language beside it.
 * @throws Error with the file's name at data that do not fit their schema
 */
export async function writeSearch(site: string): Promise<void> {
  const pages = (await filesBelow(site)).filter((path) => path.endsWith("/index.html"));
  for (const [locale, lang] of Object.entries(LANGUAGES)) {
    const words = new Set<string>();
    for (const page of pages.filter((path) => path.startsWith(`${locale}/`))) {
      const text = (await readFile(join(site, page), "utf8")).replaceAll(UNREAD, " ");
      for (const [word] of text.toLowerCase().matchAll(WORD)) words.add(word);
    }
    const asked = { ...(await askedIn(locale)), words: [...words].sort() };
    await writeFile(join(site, `pagefind/asked.${lang}.json`), JSON.stringify(asked));
  }
  await writeEngine(join(site, "pagefind/pagefind.js"));
}

async function askedIn(locale: string): Promise<Omit<Asked, "words">> {
  const file = `src/content/search/${locale}.yaml`;
  return readAuthored(join(ROOT, file), writtenSchema);
}

async function writeEngine(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "one-kernel-search-"));
  try {
    const engine = join(folder, "engine.js");
    await rename(file, engine).catch(() => {
      throw new Error(`${file} is missing: the site was built without its search`);
    });
    await build({
      configFile: false,
      logLevel: "error",
      resolve: { alias: { "pagefind-engine": engine } },
      build: {
        outDir: join(folder, "out"),
        lib: {
          entry: `${ROOT}src/search/engine.ts`,
          formats: ["es"],
          fileName: () => "pagefind.js",
        },
      },
    });
    await writeFile(file, await readFile(join(folder, "out/pagefind.js")));
  } finally {
    await rm(folder, { recursive: true });
  }
}
