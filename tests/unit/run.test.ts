import { describe, expect, it } from "vitest";
import { judge, judgeStep } from "../../src/lab/run.ts";
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
const [step] = experiment.steps;
if (!step) throw new Error("the experiment above has a step");

describe("judging", () => {
  it("finds what is as expected", () => {
    const result = judgeStep(step, "0", 0);
    expect(result).toMatchObject({ ok: true, captures: { "user.id": "0" }, problems: [] });
    expect(judge(experiment, [result])).toEqual({
      ok: true,
      findings: [{ that: "user.id == 0", ok: true, values: { "user.id": "0" } }],
      claims: ["ns-hide"],
    });
  });

  it("names every way in which a step is not", () => {
    expect(judgeStep(step, "nobody", 1).problems.map(({ code }) => code)).toEqual([
      "exit",
      "no-match",
      "no-capture",
    ]);
    expect(judgeStep(step, "0", undefined).problems).toEqual([
      { code: "exit", params: { expected: 0, got: "–" } },
    ]);
  });

  it("fails a finding that does not hold, and a run that is not complete", () => {
    const other = judge(experiment, [judgeStep(step, "1000", 0)]);
    expect(other).toMatchObject({ ok: false, findings: [{ ok: false }] });
    expect(judge(experiment, []).ok).toBe(false);
  });
});
