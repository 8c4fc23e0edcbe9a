import { expect, it } from "vitest";
import { loadExperiment } from "../../src/lab/load.ts";
import { readGuestManifest, runOnNode } from "../../tools/lib/node-lab.ts";
import { EXPERIMENTS, GUEST } from "../../tools/lib/paths.ts";
import { keyOf, remember, verifiedAt } from "../../tools/test/verified.ts";
import { CAUGHT, FALSE } from "./false/caught.ts";

declare module "vitest" {
  interface TaskMeta {
    /** When the run was that stands for this one. */
    recorded?: string;
  }
}

/**
 * The test that an experiment's file is; see vitest.config.ts. It must hold on the real machine, and
 * each of its controls must make its findings false, now or, where nothing that decides it has changed
 * since, when it was last run.
 */
export function holds(id: string): void {
  it("holds on the real machine, and not without what it is about", async ({ task }) => {
    const experiment = await loadExperiment(EXPERIMENTS, id);
    const key = await keyOf(id, experiment, await readGuestManifest(GUEST));
    const recorded = verifiedAt(id, key);
    if (recorded !== undefined) {
      task.meta.recorded = recorded;
      return;
    }
    const run = await runOnNode(id, experiment, GUEST, { controls: true });
    const told = JSON.stringify(run, null, 2);
    expect(run.ended, told).toBe("judged");
    for (const step of run.steps) expect(step.problems, told).toEqual([]);
    for (const finding of run.verdict.findings) expect(finding.ok, told).toBe(true);
    expect(run.steps).toHaveLength(experiment.steps.length);
    expect(run.verdict.ok).toBe(true);
    expect(run.instructions).toBeGreaterThan(1e6);
    expect(Object.keys(run.controls ?? {})).toEqual(Object.keys(experiment.controls));
    for (const { ended, verdict } of Object.values(run.controls ?? {})) {
      expect(ended, told).toBe("judged");
      expect(verdict.missing, told).toEqual([]);
      for (const finding of verdict.findings) expect(finding.ok, told).toBe(false);
      expect(verdict.ok, told).toBe(true);
    }
    remember(id, key);
  });
}

/** The test of an experiment that says what is not so: it fails, and by what it is caught by. */
export function isCaught(id: string): void {
  it("fails, and says why", async () => {
    const { steps, verdict, ended, error } = await runOnNode(
      id,
      await loadExperiment(FALSE, id),
      GUEST,
    );
    expect(verdict.ok).toBe(false);
    const [problem] = steps.flatMap(({ problems }) => problems);
    const [finding] = verdict.findings.filter(({ ok }) => !ok);
    const expected = CAUGHT[id] ?? {};
    expect({ problem, finding, ended, error }).toMatchObject(expected);
    if (!("ended" in expected)) expect(ended).toBe("judged");
    if (!("problem" in expected)) expect(problem).toBeUndefined();
  });
}
