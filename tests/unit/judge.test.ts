import { describe, expect, it } from "vitest";
import { judge, judgeStep } from "../../src/lab/judge.ts";
import { type Experiment, experimentSchema } from "../../src/lab/schema.ts";

const said = { zh: "话", en: "words" };
const experiment: Experiment = experimentSchema.parse({
  title: said,
  intent: said,
  claims: ["ns-hide"],
  terminals: { here: { machine: "linux", port: 0, label: said } },
  steps: [
    {
      id: "ask",
      at: "here",
      run: "id -u",
      explain: said,
      expect: { exit: 0, match: ["^\\d+$"] },
      capture: { "user.id": "^(\\d+)$" },
    },
  ],
  findings: [{ that: "user.id == 0", because: said }],
});
const outcome = (output: string, exit: number | undefined = 0) => ({
  output,
  exit,
  instructions: 5,
});
const [step] = experiment.steps;
if (!step) throw new Error("the experiment above has a step");

describe("judging", () => {
  it("finds what is as expected", () => {
    const result = judgeStep(step, outcome("0"));
    expect(result).toMatchObject({ ok: true, captures: { "user.id": "0" }, problems: [] });
    expect(judge(experiment, [result])).toEqual({
      ok: true,
      findings: [{ that: "user.id == 0", ok: true, values: { "user.id": "0" } }],
      claims: ["ns-hide"],
    });
  });

  it("names every way in which a step is not", () => {
    expect(judgeStep(step, outcome("nobody", 1)).problems.map(({ code }) => code)).toEqual([
      "exit",
      "no-match",
      "no-capture",
    ]);
    expect(judgeStep(step, { ...outcome("0"), exit: undefined }).problems).toEqual([
      { code: "exit", params: { expected: 0, got: "–" } },
    ]);
  });

  it("fails a finding that does not hold, and a run that is not complete", () => {
    const other = judge(experiment, [judgeStep(step, outcome("1000"))]);
    expect(other).toMatchObject({ ok: false, findings: [{ ok: false }] });
    expect(judge(experiment, []).ok).toBe(false);
  });

  it("takes an error only from a command that failed and said so", () => {
    const strict = { ...step, capture: {}, expect: { error: "EPERM" as const } };
    const said = "mount: permission denied: Operation not permitted";
    expect(judgeStep(strict, outcome(said, 32)).ok).toBe(true);
    expect(judgeStep(strict, outcome(said, 0)).ok).toBe(false);
    expect(judgeStep(strict, outcome("mount: no such device", 32)).ok).toBe(false);
  });

  it("takes single values from JSON, and what a step cost", () => {
    const json = { ...step, expect: {}, measure: "ask", capture: { "a.b": { json: "$.x[1].y" } } };
    expect(judgeStep(json, outcome('{"x":[0,{"y":7}]}')).captures).toEqual({
      "a.b": "7",
      "ask.instructions": "5",
    });
    for (const [printed, taken] of [
      ["9223372036854775807", "9223372036854775807"],
      ["1.50", "1.5"],
      ["3e7", "30000000"],
      ["0.12345678901234567890", "0.12345678901234567890"],
    ] as const)
      expect(judgeStep(json, outcome(`{"x":[0,{"y":${printed}}]}`)).captures).toMatchObject({
        "a.b": taken,
      });
    for (const output of ['{"x":[]}', '{"x":[0,{"y":{}}]}', "x: 7"])
      expect(judgeStep(json, outcome(output)).problems).toMatchObject([{ code: "no-capture" }]);
  });
});
