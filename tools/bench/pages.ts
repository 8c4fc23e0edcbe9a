import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { init, parse } from "es-module-lexer";
import { filesBelow } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import type { BenchRow } from "./bench.ts";

const DIST = `${ROOT}dist`;
/** As servers compress what they keep: gzip's highest level. */
const LEVEL = 9;

/** What the built site's pages weigh before a reader starts anything: the heaviest counts. */
export const pageRows: BenchRow[] = [
  {
    id: "page.html.bytes",
    what: "the heaviest page's HTML, plain",
    unit: "bytes",
    budget: 260e3,
    better: "lower",
    measure: () => heaviest(({ length }) => length),
  },
  {
    id: "page.html.compressed",
    what: "the heaviest page's HTML, by gzip",
    unit: "bytes",
    budget: 60e3,
    better: "lower",
    measure: () => heaviest(compressed),
  },
  {
    id: "page.script.compressed",
    what: "scripts of the page that has most, all its parts alive and nothing started, by gzip",
    unit: "bytes",
    budget: 60e3,
    better: "lower",
    measure: () => heaviest(scriptBytes),
  },
];

const compressed = (file: Buffer) => gzipSync(file, { level: LEVEL }).length;

/** @throws Error where the site is not built */
async function heaviest(weight: (page: Buffer) => number | Promise<number>): Promise<number> {
  const files = await filesBelow(DIST).catch(() => []);
  const pages = files.filter((file) => file.endsWith("/index.html"));
  if (pages.length === 0) throw new Error(`there is no site in ${DIST}: run "npm run build" first`);
  const weights: number[] = [];
  for (const page of pages) weights.push(await weight(await readFile(join(DIST, page))));
  return Math.max(...weights);
}

/** Bytes of the scripts in a page, of those that it names, and of all that these import at once. */
async function scriptBytes(page: Buffer): Promise<number> {
  await init;
  const html = page.toString();
  const inline = [...html.matchAll(/<script(?: type="module")?>(.*?)<\/script>/gs)];
  const named = html.matchAll(/(?:<script[^>]* src|component-url|renderer-url)="([^"]+)"/g);
  const wanted = new Set(Array.from(named, ([, url = ""]) => fileOf(url)));
  let sum = compressed(Buffer.from(inline.map(([, text]) => text).join("\n")));
  // A set grows while it is gone through.
  for (const file of wanted) {
    const text = await readFile(join(DIST, file));
    sum += compressed(text);
    for (const { n: url, d: dynamic } of parse(text.toString())[0])
      if (url !== undefined && dynamic === -1) wanted.add(join(file, "..", url));
  }
  return sum;
}

/** The file below `dist/` that answers for an address of a script, whatever the site's base path is. */
function fileOf(url: string): string {
  return url.slice(url.indexOf("_astro/"));
}
