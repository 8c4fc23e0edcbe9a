import { defineConfig } from "vitest/config";
import { experimentsAreTests } from "./tests/guest/experiments-plugin.ts";
import { LongestFirst, RemembersDurations } from "./tools/test/durations.ts";

/** Most take milliseconds; some start programs, and the computer may be busy. */
const UNIT_LIMIT_MS = 30_000;
/** Of tests that boot machines; nothing is expected to take nearly as long. */
const MACHINE_LIMITS = { testTimeout: 300_000, hookTimeout: 300_000 };
/**
 * V8 need not optimise what v86 translates: it runs for seconds, and the second compiler's threads
 * take a third of the processor's time for nothing that these tests would wait for.
 */
const MACHINE_FLAGS = { execArgv: ["--liftoff-only"] };
/** What measures has the computer to itself. */
const MEASURES = "tests/guest/**/*.measure.test.ts";

/** Tests of what a library keeps for as long as its process lives: each file has its own. */
const ALONE = "tests/unit/**/*.alone.test.ts";

/** Where `npm test` wants its report. */
const report = process.env.VITEST_REPORT;

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: [
      "default",
      new RemembersDurations(),
      ...(report ? [["json", { outputFile: report }] as ["json", object]] : []),
    ],
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          exclude: [ALONE],
          // A process for each file would take longer than its tests do.
          isolate: false,
          setupFiles: ["tests/unit/fixtures/put-back.ts"],
          testTimeout: UNIT_LIMIT_MS,
        },
      },
      {
        test: { name: "alone", include: [ALONE], testTimeout: UNIT_LIMIT_MS },
      },
      {
        test: {
          name: "guest",
          include: ["tests/guest/**/*.test.ts"],
          exclude: [MEASURES],
          setupFiles: ["tests/guest/one-core.ts"],
          // Each file's machines keep a core busy.
          maxWorkers: 2,
          ...MACHINE_LIMITS,
          ...MACHINE_FLAGS,
        },
      },
      {
        plugins: [experimentsAreTests()],
        test: {
          name: "experiments",
          include: [
            "src/content/experiments/*/experiment.yaml",
            "tests/guest/false/*/experiment.yaml",
          ],
          setupFiles: ["tests/guest/one-core.ts"],
          // A file is a single test, and all do the same: they share a process.
          isolate: false,
          maxWorkers: 2,
          ...MACHINE_LIMITS,
          ...MACHINE_FLAGS,
        },
      },
      { test: { name: "measure", include: [MEASURES], maxWorkers: 1, ...MACHINE_LIMITS } },
      // Looks at what `npm run pdf` has made of the built site.
      { test: { name: "bundle", include: ["tests/bundle/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "pdf", include: ["tests/pdf/**/*.test.ts"], testTimeout: 300_000 } },
    ],
  },
});
