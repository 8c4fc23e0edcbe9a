import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { referenceSchema } from "../../src/book/reference.ts";
import { CLAIMS, DOCS, ROOT } from "../lib/paths.ts";

const FILE = `${ROOT}src/content/references.json`;

const HISTORY = `${ROOT}src/content/history/events.yaml`;
const REAL_HARDWARE = `${ROOT}src/content/real-hardware.json`;

/** Every source is cited somewhere, and every citation has a source. */
export async function checkSources(): Promise<string[]> {
  const references = z.array(referenceSchema).parse(JSON.parse(await readFile(FILE, "utf8")));
  const files = (await readdir(DOCS, { recursive: true })).filter((file) => file.endsWith(".mdx"));
  const texts = await Promise.all(files.map((file) => readFile(join(DOCS, file), "utf8")));
  const lists = await Promise.all(
    [HISTORY, ...(await claims())].map((file) => readFile(file, "utf8")),
  );
  const cited = new Set([
    ...texts.flatMap((text) => [...text.matchAll(/<Cite id="([^"]+)"/g)].map(([, id]) => id)),
    ...(JSON.parse(await readFile(REAL_HARDWARE, "utf8")) as { source: string }[]).map(
      ({ source }) => source,
    ),
    ...lists.flatMap((text) =>
      [...text.matchAll(/sources: \[([^\]]+)\]/g)].flatMap(([, ids = ""]) => ids.split(/,\s*/)),
    ),
  ]);
  const known = new Set(references.map(({ id }) => id));
  return [
    ...references
      .filter(({ id }) => !cited.has(id))
      .map(({ id }) => `references.json: ${id} is cited nowhere: cite it or delete it`),
    ...[...cited]
      .filter((id) => id !== undefined && !known.has(id))
      .map((id) => `${id} is cited: there is no such source in references.json`),
  ];
}

async function claims(): Promise<string[]> {
  return (await readdir(CLAIMS)).map((file) => join(CLAIMS, file));
}
