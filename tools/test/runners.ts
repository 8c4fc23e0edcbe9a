import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "../lib/paths.ts";
import type { Ended, Log } from "./log.ts";
import { failure, resultOf, type StageResult, type TestOutcome } from "./result.ts";

/** Runs vitest with these arguments: projects of `vitest.config.ts`, files, `--changed`. */
export function vitest(
  log: Log,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<StageResult> {
  const few = args.some((arg) => arg.startsWith("--changed"));
  return counted(
    (report) =>
      log.run("vitest", ["run", ...args, ...(few ? ["--passWithNoTests"] : [])], {
        ...env,
        VITEST_REPORT: report,
      }),
    ofVitest,
    few,
  );
}

/**
 * Runs browser tests against the sites that the build stage left.
 * @param which `pages`, `machines` or `measure`; see playwright.config.ts
 */
export function playwright(
  log: Log,
  which: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<StageResult> {
  return counted(
    (report) =>
      log.run("playwright", ["test", "--reporter=list,json", ...args], {
        ...env,
        PLAYWRIGHT_JSON_OUTPUT_NAME: report,
        E2E: which,
      }),
    ofPlaywright,
  );
}

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    assertionResults: {
      ancestorTitles: string[];
      title: string;
      status: string;
      meta: { recorded?: string };
    }[];
  }[];
}

/** What vitest's JSON report says; a file that could not even be loaded counts as one test. */
export function ofVitest({ testResults }: VitestReport): StageResult {
  const tests = testResults.flatMap(({ name, status, assertionResults }): TestOutcome[] => {
    const file = relative(ROOT, name);
    const own = assertionResults.map(
      (test): TestOutcome => ({
        name: [file, ...test.ancestorTitles, test.title].filter(Boolean).join(" › "),
        status: statusOf(test.status),
      }),
    );
    const blamed = status === "failed" && own.every((test) => test.status !== "failed");
    return blamed ? [...own, { name: file, status: "failed" }] : own;
  });
  const recorded = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ meta }) => meta?.recorded !== undefined),
  );
  return resultOf(tests, recorded.length);
}

const statusOf = (status: string): TestOutcome["status"] =>
  status === "passed" || status === "failed" ? status : "skipped";

interface PlaywrightSuite {
  title: string;
  suites?: PlaywrightSuite[];
  specs?: { title: string; tests: { projectName: string; status: string }[] }[];
}

interface PlaywrightReport {
  suites: PlaywrightSuite[];
  /** What is no test's fault: a server that did not start, a file with an error. */
  errors: unknown[];
}

/** What Playwright's JSON report says. */
export function ofPlaywright({ suites, errors }: PlaywrightReport): StageResult {
  const walk = (
    { title, suites = [], specs = [] }: PlaywrightSuite,
    above: string[],
  ): TestOutcome[] => {
    const path = [...above, title];
    const own = specs.flatMap((spec) =>
      spec.tests.map(
        ({ projectName, status }): TestOutcome => ({
          name: [...path, spec.title, projectName].join(" › "),
          // `flaky` cannot be: nothing is tried twice.
          status: status === "expected" ? "passed" : status === "skipped" ? "skipped" : "failed",
        }),
      ),
    );
    return [...own, ...suites.flatMap((suite) => walk(suite, path))];
  };
  const tests = suites.flatMap((suite) => walk(suite, ["tests/e2e"]));
  const blamed: TestOutcome[] =
    errors.length > 0 && tests.every(({ status }) => status !== "failed")
      ? [{ name: "playwright", status: "failed" }]
      : [];
  return resultOf([...tests, ...blamed]);
}

/**
 * Runs a test runner and counts from its report. No report, no tests, or a bad exit is a failure.
 * @param few  that it may find nothing to run
 */
async function counted<Report>(
  runner: (report: string) => Promise<Ended>,
  count: (report: Report) => StageResult,
  few = false,
): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), "one-kernel-test-"));
  const file = join(folder, "report.json");
  try {
    const { code } = await runner(file);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return failure("no report");
    const result = count(JSON.parse(text) as Report);
    if (result.failed > 0) return result;
    if (code !== 0) return { ...result, failed: 1, note: `the runner ended with status ${code}` };
    if (result.passed === 0 && !few) return { ...result, failed: 1, note: "no test ran" };
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
