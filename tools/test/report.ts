import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { StageEnd } from "./lanes.ts";

const seconds = (value: number) => `${value.toFixed(1)} s`;

/** The line above a stage's output. */
export function heading({ name, result, seconds: took }: StageEnd): string {
  const counts = result.tests.length > 0 ? ` (${result.passed} of ${result.tests.length})` : "";
  return `── ${name}: ${result.failed ? "failed" : "passed"}${counts} in ${seconds(took)}`;
}

/** The table at the end of `npm test`, one row a stage. */
export function table(ends: readonly StageEnd[]): string {
  const rows = ends.map(({ name, result, seconds: took }) => [
    name,
    result.failed ? "failed" : "passed",
    seconds(took),
    `${result.passed}`,
    `${result.failed}`,
    `${result.skipped}`,
    [result.note, result.recorded ? `${result.recorded} from the record of earlier runs` : ""]
      .filter(Boolean)
      .join("; "),
  ]);
  const lines = [["stage", "result", "time", "passed", "failed", "skipped", ""], ...rows];
  const widths = lines[0]?.map((_, column) =>
    Math.max(...lines.map((l) => l[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The last line: what `.ci/run` and people look for. */
export function summary(ends: readonly StageEnd[]): { line: string; failed: number } {
  const sum = (key: "passed" | "failed") =>
    ends.reduce((total, { result }) => total + result[key], 0);
  return { line: `${sum("passed")} passed, ${sum("failed")} failed`, failed: sum("failed") };
}

/** A run of `npm test`, for programs. */
export interface RunReport {
  seconds: number;
  stages: StageEnd[];
}

export function writeReport(file: string, report: RunReport): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(report, null, 2));
}
