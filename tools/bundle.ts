import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { machinesApart } from "../src/book/machines.ts";
import { manifestSchema } from "../src/machine/manifest.ts";
import { editionSchema } from "../src/offline/edition.ts";
import { bytesText } from "../src/ui/bytes.ts";
import { filesApart, MACHINES } from "./lib/apart.ts";
import { run } from "./lib/child.ts";
import { commitDate, packageVersion } from "./lib/edition.ts";
import { filesBelow } from "./lib/files.ts";
import { ROOT } from "./lib/paths.ts";
import { fill } from "./pdf/words.ts";

/**
 * `npm run bundle`: the site, its machines and the printed book of one language as one archive that
 * needs no network, for each language, in dist-bundle/; and another with the large machines, which the
 * first is without. Builds what is missing.
 */
const { SITE_BASE = "/" } = process.env;
const SITE = `${ROOT}dist`;
const OUT = `${ROOT}dist-bundle`;
const PARTS = `${ROOT}tools/bundle`;
/** Compressed already: the machines, and PDFs. */
const STORED = /\.(bin|zst|pdf|png|webp|woff2)$|\/images\/guest\//;
/** Readers of a class, for the figure in its README. */
const CLASS = 40;

/** Machines that an archive does not have, each with its files below {@link MACHINES}. */
type Without = ReadonlyMap<string, ReadonlySet<string>>;

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
  const large = await filesApart(`${SITE}/${MACHINES}`, machinesApart());
  const suffix = [...large.keys()].map((id) => `.${id}`).join("");
  for (const language of ["zh", "en"] as const) {
    await pack(language, "", large);
    if (large.size > 0) await pack(language, suffix, new Map());
  }
  return 0;
}

/**
 * Writes one archive.
 * @param suffix  what its name has between the language and `.zip`
 * @param without  machines that it does not have, each with its files below the machines' folder
 */
async function pack(language: "zh" | "en", suffix: string, without: Without): Promise<void> {
  const files = await contentOf(language, without);
  const sums = [...files].map(([name, bytes]) => `${sha256Of(bytes)}  ${name}\n`).join("");
  files.set("SHA256SUMS", Buffer.from(sums));
  const archive = zip(files, `one-kernel-${language}`);
  const name = `one-kernel.${language}${suffix}.zip`;
  await writeFile(`${OUT}/${name}`, archive);
  console.log(`dist-bundle/${name}: ${files.size} files, ${bytesText(archive.length, "en")}`);
}

/** All files of a language's bundle by their names in it, in order. */
async function contentOf(language: "zh" | "en", without: Without): Promise<Map<string, Buffer>> {
  const other = language === "zh" ? "en" : "zh";
  const files = new Map<string, Buffer>();
  const add = async (name: string, file: string) => files.set(name, await readFile(file));
  const foreign = new RegExp(`^pdf/(${other}/|one-kernel\\.${other}\\.)`);
  const left = new Set(
    [...without].flatMap(([id, paths]) => [
      `offline/${id}.json`,
      ...[...paths].map((path) => `${MACHINES}/${path}`),
    ]),
  );
  for (const path of await filesBelow(SITE))
    if (!foreign.test(path) && !left.has(path)) await add(`site/${path}`, join(SITE, path));
  if (without.size > 0) leaveOut(files, [...without.keys()]);
  for (const name of ["serve.mjs", "Containerfile"]) await add(name, join(PARTS, name));
  for (const name of ["LICENSE", "LICENSE-text"]) await add(name, join(ROOT, name));
  const reader = bytesOfReader(files);
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

/**
 * Takes machines out of an archive's list of them, so that a page says of one that it is not in this
 * copy; and says so to the lists of files for reading offline.
 */
function leaveOut(files: Map<string, Buffer>, ids: readonly string[]): void {
  const path = `${MACHINES}/manifest.json`;
  const manifest = manifestSchema.parse(JSON.parse(`${files.get(`site/${path}`)}`));
  const machines = Object.entries(manifest.machines).filter(([id]) => !ids.includes(id));
  const bytes = Buffer.from(
    JSON.stringify({ ...manifest, machines: Object.fromEntries(machines) }),
  );
  files.set(`site/${path}`, bytes);
  const changed = { path, bytes: bytes.length, sha256: sha256Of(bytes) };
  for (const language of ["zh", "en"]) {
    const name = `site/offline/${language}.json`;
    const edition = editionSchema.parse(JSON.parse(`${files.get(name)}`));
    const listed = edition.files.map((file) => (file.path === path ? changed : file));
    files.set(name, Buffer.from(JSON.stringify({ ...edition, files: listed })));
  }
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Bytes that a reader downloads who runs all there is: the pages' code, and the machines. */
function bytesOfReader(files: ReadonlyMap<string, Buffer>): number {
  const parts = ["site/_astro/", `site/${MACHINES}/`];
  return [...files]
    .filter(([name]) => parts.some((part) => name.startsWith(part)))
    .reduce((sum, [, { length }]) => sum + length, 0);
}

function zip(files: ReadonlyMap<string, Buffer>, folder: string): Uint8Array {
  const mtime = commitDate();
  const entries: Zippable = {};
  for (const [name, bytes] of files) {
    // The next levels make it a five-hundredth smaller, in twice the time.
    const level = STORED.test(name) ? 0 : 6;
    // Unix permissions in the upper half: what the launcher needs to be started by its name.
    const attrs = (name === "serve.mjs" ? 0o100755 : 0o100644) << 16;
    entries[`${folder}/${name}`] = [bytes, { level, mtime, os: 3, attrs }];
  }
  return zipSync(entries);
}
