import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { eventSchema } from "../../src/book/event.ts";
import { parseMdx } from "../../src/book/mdx.ts";
import { referenceSchema } from "../../src/book/reference.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { CLAIMS, DOCS, ROOT } from "../lib/paths.ts";
import { loadClaims } from "./claims.ts";
import { idsOf, type Named } from "./parts.ts";

const FILE = `${ROOT}src/content/references.json`;
const HISTORY = `${ROOT}src/content/history/events.yaml`;
const REAL_HARDWARE = `${ROOT}src/content/real-hardware.json`;

/** Of what measures real hardware, what this rule looks at. */
const measuredSchema = z.array(z.object({ source: z.string() }));

/** Every source is cited somewhere, and every citation has a source. */
export async function checkSources(): Promise<string[]> {
  const references = await readAuthored(FILE, z.array(referenceSchema));
  const chapters = (await readdir(DOCS, { recursive: true })).filter((file) =>
    file.endsWith(".mdx"),
  );
  const cited = new Map<string, string>();
  const cite = (where: string, ids: readonly string[]) => {
    for (const id of ids) if (!cited.has(id)) cited.set(id, where);
  };
  const unreadable: string[] = [];
  for (const file of chapters) {
    const named = citedIn(await readFile(join(DOCS, file), "utf8"), join(DOCS, file));
    cite(`docs/${file}`, named.ids);
    unreadable.push(...named.unreadable.map((trouble) => `docs/${file}: ${trouble}`));
  }
  for (const [id, { sources }] of await loadClaims(CLAIMS)) cite(`claims/${id}.yaml`, sources);
  const events = await readAuthored(HISTORY, z.array(eventSchema));
  cite(
    "history/events.yaml",
    events.flatMap(({ sources }) => sources),
  );
  const measured = await readAuthored(REAL_HARDWARE, measuredSchema);
  cite(
    "real-hardware.json",
    measured.map(({ source }) => source),
  );
  return [
    ...unreadable,
    ...unmatched(
      references.map(({ id }) => id),
      cited,
    ),
  ];
}

/** The sources that a chapter cites. */
export function citedIn(mdx: string, file?: string): Named {
  return idsOf(parseMdx(mdx, file), "Cite");
}

/**
 * Sources that nothing cites, and citations that have no source.
 * @param cited  id of a source → where it is cited first
 */
export function unmatched(known: readonly string[], cited: ReadonlyMap<string, string>): string[] {
  return [
    ...known
      .filter((id) => !cited.has(id))
      .map((id) => `references.json: ${id} is cited nowhere: cite it or delete it`),
    ...[...cited]
      .filter(([id]) => !known.includes(id))
      .map(([id, where]) => `${where} cites ${id}: there is no such source in references.json`),
  ];
}
