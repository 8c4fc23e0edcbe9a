import { describe, expect, it } from "vitest";
import { controlled, judgeControl } from "../../src/lab/control.ts";
import { judgeStep } from "../../src/lab/judge.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { withoutControl } from "../../tools/check/controls.ts";

const said = { zh: "话", en: "words" };
const terminal = (port: number) => ({ machine: "linux", port, label: said });
const experiment = experimentSchema.parse({
  title: said,
  intent: said,
  claims: ["ns-hide"],
  checkpoint: [{ at: "out", run: "true" }],
  terminals: { out: terminal(0), in: terminal(1) },
  steps: [
    { id: "make", at: "in", run: "unshare --uts bash", explain: said },
    { id: "slow", at: "in", run: "sync", explain: said },
    {
      id: "inside",
      at: "in",
      run: "hostname",
      explain: said,
      expect: { match: ["^box$"] },
      capture: { "inside.name": "^(box)$" },
    },
    {
      id: "outside",
      at: "out",
      run: "hostname",
      explain: said,
      capture: { "out.name": "^(\\w+)" },
    },
    { id: "leave", at: "in", run: "exit", explain: said },
  ],
  findings: [
    { that: "inside.name != out.name", because: said, control: "shared" },
    { that: 'out.name == "linux"', because: said },
  ],
  controls: {
    shared: {
      without: said,
      steps: {
        make: "bash",
        slow: null,
        inside: { at: "out", capture: { "inside.name": "^(.+)$" } },
      },
    },
  },
});
const shared = experiment.controls.shared;
if (!shared) throw new Error("the control is lost");
const procedure = controlled(experiment, "shared", shared);

describe("controlled", () => {
  it("changes steps, leaves out others, and ends with the last value that its findings need", () => {
    expect(procedure.steps.map(({ id, at, run }) => [id, at, run])).toEqual([
      ["make", "in", "bash"],
      ["inside", "out", "hostname"],
      ["outside", "out", "hostname"],
    ]);
    expect(procedure.findings.map(({ that }) => that)).toEqual(["inside.name != out.name"]);
    expect(procedure.checkpoint).toEqual(experiment.checkpoint);
  });

  it("asks nothing of what a step prints, and takes values where the control says", () => {
    const inside = procedure.steps[1];
    expect(inside?.expect).toBeUndefined();
    expect(inside?.capture).toEqual({ "inside.name": "^(.+)$" });
  });

  it("can set another scene", () => {
    const scene = [{ at: "in", run: "cd /" }];
    expect(controlled(experiment, "shared", { steps: {}, checkpoint: scene }).checkpoint).toBe(
      scene,
    );
  });

  it("still lets a kernel panic that was to panic, unless another command is typed", () => {
    const panics = experimentSchema.parse({
      ...experiment,
      steps: experiment.steps.map((step) =>
        step.id === "make" ? { ...step, expect: { panic: true } } : step,
      ),
      controls: { shared: { without: said, steps: { slow: null } } },
    });
    const expectOf = (steps: typeof shared.steps) =>
      controlled(panics, "shared", { steps }).steps[0]?.expect;
    expect(expectOf({})).toEqual({ panic: true });
    expect(expectOf({ make: { run: "true" } })).toBeUndefined();
  });
});

describe("judgeControl", () => {
  const run = (...outputs: string[]) =>
    judgeControl(
      procedure,
      outputs.map((output, index) => {
        const step = procedure.steps[index];
        if (!step) throw new Error(`there is no step ${index}`);
        return judgeStep(step, { output, exit: 0, instructions: 1 });
      }),
    );

  it("is satisfied by findings that are false", () => {
    expect(run("", "linux", "linux")).toMatchObject({ ok: true, missing: [] });
  });

  it("is not by one that is true without the mechanism, too", () => {
    expect(run("", "box", "linux")).toMatchObject({ ok: false, findings: [{ ok: true }] });
  });

  it("nor by one that is false only because a value is missing", () => {
    expect(run("", "linux")).toMatchObject({ ok: false, missing: ["out.name"] });
  });
});

it("the check names each finding that has neither a control nor a reason", () => {
  expect(withoutControl("x", experiment)).toEqual([
    expect.stringContaining(`x: "out.name == "linux"" has no control`),
  ]);
});
