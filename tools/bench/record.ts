import { readFile, writeFile } from "node:fs/promises";
import { type BenchFigures, benchFiguresSchema } from "../../src/book/bench-figures.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { BENCH } from "../lib/paths.ts";
import type { BenchResult } from "./bench.ts";

/** Keeps these results in `src/content/bench.json`; rows that were not measured stay as they were. */
export async function recordBench(
  results: readonly BenchResult[],
  { engine }: Manifest,
): Promise<void> {
  const text = await readFile(BENCH, "utf8").catch(() => '{"rows":{}}');
  const known = benchFiguresSchema.parse(JSON.parse(text));
  const measured = new Date().toISOString();
  const fresh = results.map(({ id, value, unit }) => [
    id,
    { value, unit, measured, engine: `${engine.name} ${engine.version}` },
  ]);
  const figures: BenchFigures = { rows: { ...known.rows, ...Object.fromEntries(fresh) } };
  await writeFile(BENCH, `${JSON.stringify(figures, null, 2)}\n`);
}
