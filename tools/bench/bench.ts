import type { Manifest } from "../../src/machine/manifest.ts";

/** What a row needs to be measured. */
export interface BenchContext {
  /** Folder that holds `manifest.json`. */
  guest: string;
  manifest: Manifest;
  /** How often a noisy figure is taken; the median counts. */
  runs: number;
}

/** One figure with its budget. */
export interface BenchRow {
  id: string;
  /** What is measured, and where it begins and ends. */
  what: string;
  /** Base unit: values are never scaled. */
  unit: "instructions" | "bytes" | "seconds" | "ratio";
  budget: number;
  /** Whether the budget is an upper or a lower bound. */
  better: "lower" | "higher";
  measure(context: BenchContext): Promise<number>;
}

/** A row as `npm run bench -- --json` prints it. */
export interface BenchResult {
  id: string;
  value: number;
  unit: BenchRow["unit"];
  budget: number;
  better: BenchRow["better"];
  ok: boolean;
}

/** Measures one row and holds it against its budget. */
export async function measureRow(row: BenchRow, context: BenchContext): Promise<BenchResult> {
  const { id, unit, budget, better } = row;
  const value = await row.measure(context);
  const ok = better === "lower" ? value <= budget : value >= budget;
  return { id, value, unit, budget, better, ok };
}

/** The middle value; of an even number, the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[(sorted.length - 1) >> 1];
  if (middle === undefined) throw new RangeError("the median of no values");
  return middle;
}
