import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./child.ts";

/** What one stage of `npm test` came to. */
export interface StageResult {
  passed: number;
  failed: number;
  skipped: number;
  /** Shown beside the counts. */
  note?: string;
}

/** Runs one vitest project of `vitest.config.ts`. */
export function vitest(project: string): Promise<StageResult> {
  return counted(
    (report) =>
      run("vitest", [
        "run",
        "--project",
        project,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ]),
    ({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }: VitestReport) => ({
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: numPendingTests + numTodoTests,
    }),
  );
}

/**
 * Runs browser tests against the sites that the build stage left: the visits to every page, two at a
 * time, or all others, which boot machines.
 */
export function playwright(which: "pages" | "machines"): Promise<StageResult> {
  return counted(
    (report) =>
      run("playwright", ["test", "--reporter=list,json"], {
        env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report, E2E: which },
      }),
    ({ stats }: PlaywrightReport) => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
    }),
  );
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

interface PlaywrightReport {
  stats: { expected: number; flaky: number; unexpected: number; skipped: number };
}

/** Runs a test runner and counts from its report. No report, no tests, or a bad exit is a failure. */
async function counted<Report>(
  runner: (report: string) => Promise<{ code: number }>,
  count: (report: Report) => StageResult,
): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), "one-kernel-test-"));
  const file = join(folder, "report.json");
  try {
    const { code } = await runner(file);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return { passed: 0, failed: 1, skipped: 0, note: "no report" };
    const result = count(JSON.parse(text) as Report);
    if (result.failed > 0) return result;
    if (code !== 0) return { ...result, failed: 1, note: `the runner ended with status ${code}` };
    if (result.passed === 0) return { ...result, failed: 1, note: "no test ran" };
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
