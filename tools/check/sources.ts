import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { referenceSchema } from "../../src/book/reference.ts";
import { DOCS, ROOT } from "../lib/paths.ts";

const FILE = `${ROOT}src/content/references.json`;

/** Every source is cited somewhere, and every citation has a source. */
export async function checkSources(): Promise<string[]> {
  const references = z.array(referenceSchema).parse(JSON.parse(await readFile(FILE, "utf8")));
  const files = (await readdir(DOCS, { recursive: true })).filter((file) => file.endsWith(".mdx"));
  const texts = await Promise.all(files.map((file) => readFile(join(DOCS, file), "utf8")));
  const cited = new Set(
    texts.flatMap((text) => [...text.matchAll(/<Cite id="([^"]+)"/g)].map(([, id]) => id)),
  );
  const known = new Set(references.map(({ id }) => id));
  return [
    ...references
      .filter(({ id }) => !cited.has(id))
      .map(({ id }) => `references.json: ${id} is cited nowhere: cite it or delete it`),
    ...[...cited]
      .filter((id) => id !== undefined && !known.has(id))
      .map((id) => `<Cite id="${id}">: there is no such source in references.json`),
  ];
}
