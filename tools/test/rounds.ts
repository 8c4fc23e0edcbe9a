import type { RunReport } from "./report.ts";

/** One round of `npm run test:steady`. */
export interface Round {
  number: number;
  /** Whether busy loops ran beside it. */
  busy: boolean;
  /** Exit status of `npm test`. */
  code: number;
  /** Undefined where it ended without a report. */
  run: RunReport | undefined;
  /** Where its output is. */
  log: string;
}

/** One line about a round that is over. */
export function toldAbout({ number, busy, code, run, log }: Round): string {
  const beside = busy ? ", with busy loops beside it" : "";
  const time = run ? ` in ${(run.seconds / 60).toFixed(1)} minutes` : "";
  return `Round ${number}${beside}: ${code === 0 ? "passed" : "failed"}${time}; ${log}`;
}

/**
 * Every test that ever failed, with the rounds in which it did and their output: a line each, the most
 * frequent first. A stage that failed as a whole counts as a test.
 */
export function failuresOf(rounds: readonly Round[]): string[] {
  const rows = new Map<string, Round[]>();
  for (const round of rounds)
    for (const name of failedIn(round)) rows.set(name, [...(rows.get(name) ?? []), round]);
  return [...rows]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([name, failed]) => {
      const where = failed.map(({ number, busy }) => `${number}${busy ? " (busy)" : ""}`);
      return `  ${name}\n    round ${where.join(", ")} of ${rounds.length}: ${failed.map(({ log }) => log).join(", ")}`;
    });
}

function failedIn({ code, run }: Round): string[] {
  if (!run) return ["npm test ended without a report"];
  const failed = run.stages.flatMap(({ name, result }) => {
    const tests = result.tests.filter(({ status }) => status === "failed");
    if (tests.length > 0) return tests.map((test) => `${name}: ${test.name}`);
    return result.failed > 0 ? [`${name}: ${result.note ?? "failed"}`] : [];
  });
  return failed.length === 0 && code !== 0 ? [`npm test ended with status ${code}`] : failed;
}
