import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { eventSchema } from "../../src/book/event.ts";
import { parseMdx } from "../../src/book/mdx.ts";
import { referenceSchema } from "../../src/book/reference.ts";
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
  const references = z.array(referenceSchema).parse(JSON.parse(await readFile(FILE, "utf8")));
  const chapters = (await readdir(DOCS, { recursive: true })).filter((file) =>
    file.endsWith(".mdx"),
  );
  const cited = new Map<string, string>();
  const cite = (where: string, ids: readonly string[]) => {
    for (const id of ids) if (!cited.has(id)) cited.set(id, where);
  };
  const unreadable: string[] = [];
  for (const file of chapters) {
    const named = citedIn(await readFile(join(DOCS, file), "utf8"));
    cite(`docs/${file}`, named.ids);
    unreadable.push(...named.unreadable.map((trouble) => `docs/${file}: ${trouble}`));
  }
  for (const [id, { sources }] of await loadClaims(CLAIMS)) cite(`claims/${id}.yaml`, sources);
  cite("history/events.yaml", eventSources(await readFile(HISTORY, "utf8")));
  const measured = measuredSchema.parse(JSON.parse(await readFile(REAL_HARDWARE, "utf8")));
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
export function citedIn(mdx: string): Named {
  return idsOf(parseMdx(mdx), "Cite");
}

/** The sources of the timeline's events. @throws Error naming the field of a wrong one */
export function eventSources(yaml: string): string[] {
  const parsed = z.array(eventSchema).safeParse(parse(yaml));
  if (parsed.success) return parsed.data.flatMap(({ sources }) => sources);
  const [issue] = parsed.error.issues;
  throw new Error(`${HISTORY}: ${issue?.path.join(".")}: ${issue?.message}`);
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
