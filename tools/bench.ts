import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { manifestSchema } from "../src/machine/manifest.ts";
import { type BenchResult, measureRow } from "./bench/bench.ts";
import { recordBench } from "./bench/record.ts";
import { rows } from "./bench/rows.ts";
import { keepOutputForJson } from "./lib/json-output.ts";
import { GUEST } from "./lib/paths.ts";

/**
 * `npm run bench [-- --json] [id…]`: every figure with its budget; exit 1 when one is missed.
 * `--record` also keeps them in `src/content/bench.json`, from where the book's prose takes them.
 * `--runs 1` takes noisy figures once, rather than the median of five.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    runs: { type: "string", default: "5" },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs ${values.runs}: it must be a whole number from 1.`);
  process.exit(2);
}
const unknown = positionals.filter((id) => !rows.some((row) => row.id === id));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}. There are:`);
  for (const { id, what } of rows) console.error(`  ${id.padEnd(30)} ${what}`);
  process.exit(2);
}

const printJson = values.json ? keepOutputForJson() : undefined;
const text = await readFile(join(GUEST, "manifest.json"), "utf8").catch(() => {
  console.error(`There are no machines in ${GUEST}: run "npm run guest" first.`);
  process.exit(2);
});
const manifest = manifestSchema.parse(JSON.parse(text));
const results: BenchResult[] = [];
for (const row of rows) {
  if (positionals.length > 0 && !positionals.includes(row.id)) continue;
  const result = await measureRow(row, { guest: GUEST, manifest, runs });
  results.push(result);
  if (!printJson) console.log(line(result));
}
printJson?.(results);
if (values.record) await recordBench(results, manifest);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

function line({ id, value, unit, budget, better, ok }: BenchResult): string {
  const bound = `${better === "lower" ? "≤" : "≥"} ${figure(budget)}`;
  return `${ok ? "✓" : "✗"} ${id.padEnd(30)} ${figure(value).padStart(16)} ${unit.padEnd(13)} ${bound}`;
}

function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}
