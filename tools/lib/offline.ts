import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { injectManifest } from "workbox-build";
import { machinesApart } from "../../src/book/machines.ts";
import type { Language } from "../../src/lab/step.ts";
import { type Edition, type EditionFile, editionSchema } from "../../src/offline/edition.ts";
import { filesApart, MACHINES } from "./apart.ts";
import { filesBelow } from "./files.ts";
import { ROOT } from "./paths.ts";

const LANGUAGES: readonly Language[] = ["zh", "en"];

/** What a first visit brings beside the page: larger files come when something asks for them. */
const SHELL_BYTES = 150_000;
/** Workbox refuses larger files with a warning; the list here has none above `SHELL_BYTES`. */
const WORKBOX_LIMIT = 2 * SHELL_BYTES;

/**
 * What makes a built site readable without a network: its service worker `sw.js`, and the lists of
 * files for it.
 * @throws Error when Workbox warns of anything
 */
export async function writeOffline(site: string): Promise<void> {
  await writeLists(site);
  await writeServiceWorker(site);
}

/**
 * `offline/<language>.json` and `offline/search.<language>.json`, and `offline/<machine>.json` for each
 * machine that no language's book has, from the files as they are now.
 * @param apart  ids of those machines
 */
export async function writeLists(site: string, apart = machinesApart()): Promise<void> {
  const files = await filesOf(site);
  await mkdir(join(site, "offline"), { recursive: true });
  const write = async (name: string, edition: Edition) =>
    writeFile(join(site, `offline/${name}.json`), JSON.stringify(editionSchema.parse(edition)));
  const machines = await filesApart(join(site, MACHINES), apart);
  const below = ({ path }: EditionFile) => path.slice(`${MACHINES}/`.length);
  const isApart = (file: EditionFile) =>
    [...machines.values()].some((paths) => paths.has(below(file)));
  for (const language of LANGUAGES) {
    const mine = files.filter((file) => belongsTo(file.path, language) && !isApart(file));
    await write(language, { schema: 1, files: mine.sort(pagesLast) });
    const search = mine.map(({ path }) => path).filter((path) => path.startsWith("pagefind/"));
    await writeFile(join(site, `offline/search.${language}.json`), JSON.stringify(search));
  }
  for (const [id, paths] of machines) {
    const own = files.filter((file) => paths.has(below(file)));
    await write(id, { schema: 1, files: own });
  }
}

async function filesOf(site: string): Promise<EditionFile[]> {
  return Promise.all(
    (await filesBelow(site)).map(async (path) => {
      const bytes = await readFile(join(site, path));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { path, bytes: bytes.length, sha256 };
    }),
  );
}

/** Whether somebody who reads a language without a network needs a file. Paper is downloaded by itself. */
function belongsTo(path: string, language: Language): boolean {
  if (/^(pdf\/|offline\/|sharing\/|sw\.js|sitemap|robots\.txt)/.test(path)) return false;
  // Pagefind brings user interfaces of its own, which the site does not use.
  if (/^pagefind\/pagefind-(.*ui|highlight)\./.test(path)) return false;
  if (LANGUAGES.some((other) => other !== language && path.startsWith(`${other}/`))) return false;
  const searched = /^pagefind\/.*?\b(zh-cn|en|unknown)[_.]/.exec(path)?.[1];
  if (searched === undefined) return true;
  return language === "en" ? searched === "en" : searched !== "en";
}

/** A page that is there finds everything that it refers to. */
function pagesLast(one: EditionFile, other: EditionFile): number {
  const page = ({ path }: EditionFile) => Number(path.endsWith(".html"));
  return page(one) - page(other) || (one.path < other.path ? -1 : 1);
}

async function writeServiceWorker(site: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "one-kernel-sw-"));
  try {
    await build({
      configFile: false,
      logLevel: "error",
      define: { "process.env.NODE_ENV": '"production"' },
      build: {
        outDir: folder,
        lib: {
          entry: `${ROOT}src/offline/service-worker.ts`,
          formats: ["iife"],
          name: "serviceWorker",
          fileName: () => "sw.js",
        },
      },
    });
    const { warnings } = await injectManifest({
      swSrc: join(folder, "sw.js"),
      swDest: join(site, "sw.js"),
      globDirectory: site,
      globPatterns: await shellOf(site),
      dontCacheBustURLsMatching: /^_astro\//,
      maximumFileSizeToCacheInBytes: WORKBOX_LIMIT,
    });
    if (warnings.length > 0) throw new Error(`Workbox warns:\n${warnings.join("\n")}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Code and styles of all pages, the page about reading offline, and what an installed book shows. */
async function shellOf(site: string): Promise<string[]> {
  const names = await readdir(join(site, "_astro"));
  const sizes = await Promise.all(names.map((name) => stat(join(site, "_astro", name))));
  const small = names.filter(
    (name, index) => /\.(js|css)$/.test(name) && (sizes[index]?.size ?? 0) < SHELL_BYTES,
  );
  return [
    ...small.map((name) => `_astro/${name}`),
    "{zh,en}/offline/index.html",
    "favicon.svg",
    "icon-*.png",
    "manifest.webmanifest",
  ];
}
