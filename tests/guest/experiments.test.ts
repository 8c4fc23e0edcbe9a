import { describe, expect, it } from "vitest";
import { experimentIds, loadExperiment } from "../../src/lab/load.ts";
import { runOnNode } from "../../tools/lib/node-lab.ts";
import { EXPERIMENTS, GUEST } from "../../tools/lib/paths.ts";

const ids = await experimentIds(EXPERIMENTS);

describe("every experiment holds on the real machine", () => {
  it.each(ids)("%s", async (id) => {
    const experiment = await loadExperiment(EXPERIMENTS, id);
    const report = await runOnNode(id, experiment, GUEST);
    const told = JSON.stringify(report, null, 2);
    for (const step of report.steps) expect(step.problems, told).toEqual([]);
    for (const finding of report.verdict.findings) expect(finding.ok, told).toBe(true);
    expect(report.steps).toHaveLength(experiment.steps.length);
    expect(report.verdict.ok).toBe(true);
    expect(report.instructions).toBeGreaterThan(1e6);
  });
});

describe("an experiment that says what is not so", () => {
  it("fails, and says which expectation did", async () => {
    const experiment = structuredClone(await loadExperiment(EXPERIMENTS, "uts"));
    const [first] = experiment.steps;
    const [finding] = experiment.findings;
    if (!first || !finding) throw new Error("the uts experiment has steps and findings");
    first.expect = { exit: 7 };
    finding.that = "inside.hostname == outside.hostname";
    const report = await runOnNode("uts", experiment, GUEST);
    expect(report.steps[0]?.problems).toEqual([
      { code: "exit", params: { expected: 7, got: "0" } },
    ]);
    expect(report.verdict.findings.map(({ ok }) => ok)).toEqual([false, true, true, true]);
    expect(report.verdict.ok).toBe(false);
  });
});
