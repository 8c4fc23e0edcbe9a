/** One test, as a runner's report has it. */
export interface TestOutcome {
  /** `tests/unit/shell.test.ts › types a command › at once`; with the browser, where there are several. */
  name: string;
  status: "passed" | "failed" | "skipped";
}

/** What one stage of `npm test` came to. */
export interface StageResult {
  passed: number;
  failed: number;
  skipped: number;
  /** Of those passed: taken from the record of an earlier run. */
  recorded: number;
  tests: TestOutcome[];
  /** Shown beside the counts. */
  note?: string;
}

const NOTHING = { passed: 0, failed: 0, skipped: 0, recorded: 0, tests: [] };

/** A stage that is one check, and has found nothing wrong. It counts no tests. */
export const fine = (note?: string): StageResult => ({ ...NOTHING, ...(note && { note }) });

/** A stage that failed as a whole: counted as one. */
export const failure = (note: string): StageResult => ({ ...NOTHING, failed: 1, note });

/** Counts tests. */
export function resultOf(tests: TestOutcome[], recorded = 0): StageResult {
  const count = (wanted: TestOutcome["status"]) =>
    tests.filter(({ status }) => status === wanted).length;
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    recorded,
    tests,
  };
}

/** Several runners' results as one stage's. */
export function together(results: readonly StageResult[]): StageResult {
  const sum = (key: "passed" | "failed" | "skipped" | "recorded") =>
    results.reduce((total, result) => total + result[key], 0);
  const note = results.flatMap((result) => result.note ?? []).join("; ");
  return {
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
    recorded: sum("recorded"),
    tests: results.flatMap(({ tests }) => tests),
    ...(note && { note }),
  };
}
