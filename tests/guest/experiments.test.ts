import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { experimentIds, loadExperiment } from "../../src/lab/load.ts";
import { runOnNode } from "../../tools/lib/node-lab.ts";
import { EXPERIMENTS, GUEST } from "../../tools/lib/paths.ts";

const ids = await experimentIds(EXPERIMENTS);
const FALSE = fileURLToPath(new URL("false", import.meta.url));

async function report(folder: string, id: string) {
  return runOnNode(id, await loadExperiment(folder, id), GUEST);
}

describe("every experiment holds on the real machine", () => {
  it.each(ids)("%s", async (id) => {
    const experiment = await loadExperiment(EXPERIMENTS, id);
    const run = await runOnNode(id, experiment, GUEST);
    const told = JSON.stringify(run, null, 2);
    expect(run.ended, told).toBe("judged");
    for (const step of run.steps) expect(step.problems, told).toEqual([]);
    for (const finding of run.verdict.findings) expect(finding.ok, told).toBe(true);
    expect(run.steps).toHaveLength(experiment.steps.length);
    expect(run.verdict.ok).toBe(true);
    expect(run.instructions).toBeGreaterThan(1e6);
  });
});

/** What each of the deliberately false experiments is caught by. */
const CAUGHT: Record<string, object> = {
  exit: { problem: { code: "exit", params: { expected: 0, got: "1" } } },
  error: { problem: { code: "no-error", params: { error: "EPERM" } } },
  "error-of-success": { problem: { code: "no-error", params: { got: "0" } } },
  "no-panic": { problem: { code: "no-panic", params: { got: "0" } } },
  match: { problem: { code: "no-match", params: { pattern: "^two$" } } },
  absent: { problem: { code: "match", params: { pattern: "^one$" } } },
  "capture-pattern": { problem: { code: "no-capture", params: { name: "b.value" } } },
  "capture-json": { problem: { code: "no-capture", params: { pattern: "$.a[*]" } } },
  finding: { finding: { ok: false, values: { "a.value": "1", "b.value": "2" } } },
  measure: { finding: { ok: false } },
  seconds: { ended: "timeout", error: { params: { command: "sleep 60", seconds: 1 } } },
  instructions: { ended: "runaway", error: { params: { instructions: 20e6 } } },
  reboot: { ended: "crashed", error: { params: { command: "reboot -f" } } },
  panic: { ended: "crashed", error: { params: { state: "crashed" } } },
  checkpoint: { ended: "checkpoint", error: { params: { exit: "1" } } },
};

describe("an experiment that says what is not so", () => {
  it("is there for each way to be caught", () => {
    expect(Object.keys(CAUGHT).sort()).toEqual(readdirSync(FALSE).sort());
  });

  it.each(Object.keys(CAUGHT))("fails: %s", async (id) => {
    const { steps, verdict, ended, error } = await report(FALSE, id);
    expect(verdict.ok).toBe(false);
    const [problem] = steps.flatMap(({ problems }) => problems);
    const [finding] = verdict.findings.filter(({ ok }) => !ok);
    const expected = CAUGHT[id] ?? {};
    expect({ problem, finding, ended, error }).toMatchObject(expected);
    if (!("ended" in expected)) expect(ended).toBe("judged");
    if (!("problem" in expected)) expect(problem).toBeUndefined();
  });
});
