import { describe, expect, it } from "vitest";
import { ROOT } from "../../tools/lib/paths.ts";
import { summary, table } from "../../tools/test/report.ts";
import { failure, resultOf } from "../../tools/test/result.ts";
import { failuresOf } from "../../tools/test/rounds.ts";
import { ofPlaywright, ofVitest } from "../../tools/test/runners.ts";

describe("a runner's report", () => {
  const file = (name: string, status: string, tests: object[] = []) => ({
    name: `${ROOT}${name}`,
    status,
    assertionResults: tests as never,
  });

  it("of vitest counts tests, files that could not be loaded, and runs taken from the record", () => {
    const result = ofVitest({
      testResults: [
        file("tests/unit/a.test.ts", "failed", [
          { ancestorTitles: ["a"], title: "holds", status: "passed", meta: {} },
          { ancestorTitles: [], title: "fails", status: "failed", meta: {} },
          { ancestorTitles: [], title: "waits", status: "pending", meta: {} },
        ]),
        file("tests/unit/broken.test.ts", "failed"),
        file("src/content/experiments/uts/experiment.yaml", "passed", [
          { ancestorTitles: [], title: "holds", status: "passed", meta: { recorded: "2026" } },
        ]),
      ],
    });
    expect(result).toMatchObject({ passed: 2, failed: 2, skipped: 1, recorded: 1 });
    expect(result.tests.map(({ name, status }) => `${status}: ${name}`)).toEqual([
      "passed: tests/unit/a.test.ts › a › holds",
      "failed: tests/unit/a.test.ts › fails",
      "skipped: tests/unit/a.test.ts › waits",
      "failed: tests/unit/broken.test.ts",
      "passed: src/content/experiments/uts/experiment.yaml › holds",
    ]);
  });

  it("of Playwright counts tests by browser, and an error of no test", () => {
    const spec = (title: string, ...statuses: string[]) => ({
      title,
      tests: statuses.map((status, index) => ({ projectName: `p${index}`, status })),
    });
    const suites = [
      {
        title: "lab.spec.ts",
        specs: [spec("runs", "expected", "unexpected")],
        suites: [{ title: "inner", specs: [spec("flickers", "flaky"), spec("rests", "skipped")] }],
      },
    ];
    const result = ofPlaywright({ suites, errors: [] });
    expect(result).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
    expect(result.tests[1]).toEqual({
      name: "tests/e2e › lab.spec.ts › runs › p1",
      status: "failed",
    });
    expect(ofPlaywright({ suites: [], errors: [{}] })).toMatchObject({ failed: 1 });
  });
});

describe("the end of npm test", () => {
  const ends = [
    {
      name: "guest",
      seconds: 200,
      result: { ...resultOf([{ name: "a", status: "passed" }], 1), note: "so" },
    },
    { name: "pdf", seconds: 1.26, result: failure("no pdf") },
  ];

  it("is a table of stages and a line that counts", () => {
    expect(table(ends).split("\n")).toEqual([
      "stage  result  time     passed  failed  skipped",
      "guest  passed  200.0 s  1       0       0        so; 1 from the record of earlier runs",
      "pdf    failed  1.3 s    0       1       0        no pdf",
    ]);
    expect(summary(ends)).toEqual({ line: "1 passed, 1 failed", failed: 1 });
  });
});

describe("test:steady", () => {
  const round = (number: number, failed: string[], code = failed.length) => ({
    number,
    busy: number % 2 === 0,
    code,
    log: `round-${number}/log.txt`,
    run: {
      seconds: 1,
      stages: [
        {
          name: "e2e",
          seconds: 1,
          result: resultOf(failed.map((name) => ({ name, status: "failed" as const }))),
        },
      ],
    },
  });

  it("lists every test that ever failed, with its rounds and their output", () => {
    expect(failuresOf([round(1, []), round(2, ["a"]), round(3, ["b"]), round(4, ["b"])])).toEqual([
      "  e2e: b\n    round 3, 4 (busy) of 4: round-3/log.txt, round-4/log.txt",
      "  e2e: a\n    round 2 (busy) of 4: round-2/log.txt",
    ]);
  });

  it("lists a stage that failed as a whole, and a run that ended without a word", () => {
    const whole = round(1, []);
    const [stage] = whole.run.stages;
    if (stage) stage.result = failure("the site was not built");
    expect(failuresOf([whole])[0]).toContain("e2e: the site was not built");
    expect(failuresOf([{ ...round(1, []), code: 1, run: undefined }])[0]).toContain(
      "ended without a report",
    );
    expect(failuresOf([round(1, [], 1)])[0]).toContain("ended with status 1");
    expect(failuresOf([round(1, [])])).toEqual([]);
  });
});
