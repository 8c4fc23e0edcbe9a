import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { benchRoles } from "../src/book/machines.ts";
import { bytesText } from "../src/ui/bytes.ts";
import { run } from "./lib/child.ts";
import { commitDate, packageVersion } from "./lib/edition.ts";
import { filesBelow } from "./lib/files.ts";
import { ROOT } from "./lib/paths.ts";
import { fill } from "./pdf/words.ts";

/**
 * `npm run bundle`: the site, its machines and the printed book of one language as one archive that
 * needs no network, for each language, in dist-bundle/. Builds what is missing.
 */
const { SITE_BASE = "/" } = process.env;
const SITE = `${ROOT}dist`;
const OUT = `${ROOT}dist-bundle`;
const PARTS = `${ROOT}tools/bundle`;
/** Compressed already: the machines, and PDFs. */
const STORED = /\.(bin|zst|pdf|png|webp|woff2)$|\/images\/guest\//;
/** Readers of a class, for the figure in its README. */
const CLASS = 40;

process.exitCode = await main();

async function main(): Promise<number> {
  for (const [file, script] of [
    [`${SITE}/zh/index.html`, "build"],
    [`${SITE}/pdf/one-kernel.zh.pdf`, "pdf"],
  ] as const) {
    if (existsSync(file)) continue;
    console.log(`${relative(ROOT, file)} is missing: npm run ${script} first.`);
    const { code } = await run("node", [`tools/${script}.ts`]);
    if (code !== 0) return code;
  }
  await mkdir(OUT, { recursive: true });
  for (const language of ["zh", "en"] as const) {
    const files = await contentOf(language);
    const sums = [...files]
      .map(([name, bytes]) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`)
      .join("");
    files.set("SHA256SUMS", Buffer.from(sums));
    const archive = zip(files, `one-kernel-${language}`);
    const name = `one-kernel.${language}.zip`;
    await writeFile(`${OUT}/${name}`, archive);
    console.log(`dist-bundle/${name}: ${files.size} files, ${bytesText(archive.length, "en")}`);
  }
  return 0;
}

/** All files of a language's bundle by their names in it, in order. */
async function contentOf(language: "zh" | "en"): Promise<Map<string, Buffer>> {
  const other = language === "zh" ? "en" : "zh";
  const files = new Map<string, Buffer>();
  const add = async (name: string, file: string) => files.set(name, await readFile(file));
  const foreign = new RegExp(`^pdf/(${other}/|one-kernel\\.${other}\\.)`);
  for (const path of await filesBelow(SITE))
    if (!foreign.test(path)) await add(`site/${path}`, join(SITE, path));
  for (const name of ["serve.mjs", "Containerfile"]) await add(name, join(PARTS, name));
  for (const name of ["LICENSE", "LICENSE-text"]) await add(name, join(ROOT, name));
  const reader = await bytesOfReader();
  const readme = fill(await readFile(join(PARTS, `README.${language}.txt`), "utf8"), {
    version: await packageVersion(),
    date: commitDate().toISOString().slice(0, 10),
    base: SITE_BASE,
    language,
    reader: (reader / 1e6).toFixed(0),
    class: ((CLASS * reader) / 1e6).toFixed(0),
  });
  files.set("README.txt", Buffer.from(readme));
  files.set("bundle.json", Buffer.from(JSON.stringify({ base: SITE_BASE, language }, null, 2)));
  return files;
}

/** Bytes that a reader downloads who runs a chapter: the page's code, our machine, shared files. */
async function bytesOfReader(): Promise<number> {
  const guest = ["engine", benchRoles().machine, "share"].map((part) => `images/guest/${part}`);
  const parts = ["_astro", ...guest];
  const sizes = await Promise.all(
    parts.map(async (part) => {
      const files = await filesBelow(join(SITE, part));
      const stats = await Promise.all(files.map((file) => stat(join(SITE, part, file))));
      return stats.reduce((sum, { size }) => sum + size, 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function zip(files: ReadonlyMap<string, Buffer>, folder: string): Uint8Array {
  const mtime = commitDate();
  const entries: Zippable = {};
  for (const [name, bytes] of files) {
    const level = STORED.test(name) ? 0 : 9;
    // Unix permissions in the upper half: what the launcher needs to be started by its name.
    const attrs = (name === "serve.mjs" ? 0o100755 : 0o100644) << 16;
    entries[`${folder}/${name}`] = [bytes, { level, mtime, os: 3, attrs }];
  }
  return zipSync(entries);
}
