import { afterEach, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import {
  bootOf,
  bootTimeline,
  missingStages,
  segmentsOf,
} from "../../../src/lab/instruments/boot-timeline.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { BootFigures, MachinePort } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

const { machine, boots } = rolesOf(bootTimeline);
const running: MachinePort[] = [];

async function boot(id: string, cold: boolean): Promise<BootFigures & { console: string }> {
  const port = nodeMachine(id, GUEST, { cold });
  running.push(port);
  let console = "";
  const decoder = new TextDecoder();
  port.subscribe((event) => {
    if (event.type === "console") console += decoder.decode(event.data, { stream: true });
  });
  await bringUp(port);
  const { status } = port;
  if (status.state !== "ready") throw new Error(`${id} is ${status.state}`);
  return { ...status.boot, console };
}

function ids({ milestones }: BootFigures): string[] {
  return milestones.map(({ id }) => id);
}

afterEach(() => {
  for (const machine of running.splice(0)) machine.destroy();
});

describe("the boot timeline", () => {
  it("has a cold boot's milestones in their order, up to the machine's own figures", async () => {
    const figures = await boot(machine, true);
    const { milestones, instructions, seconds } = figures;
    expect(ids(figures)).toEqual(["loaded", "protected", "paging", "output", "init", "prompt"]);
    for (const [index, { instructions, seconds }] of milestones.entries()) {
      expect(instructions).toBeGreaterThanOrEqual(milestones[index - 1]?.instructions ?? 1);
      expect(seconds).toBeGreaterThanOrEqual(milestones[index - 1]?.seconds ?? 0);
    }
    expect(milestones.at(-1)).toEqual({ id: "prompt", instructions, seconds });

    const segments = segmentsOf(bootOf(figures));
    expect(missingStages(segments)).toEqual([]);
    expect(segments[0]?.from.instructions).toBe(0);
    expect(segments.at(-1)?.to.instructions).toBe(instructions);
    for (const [index, { from }] of segments.slice(1).entries())
      expect(from).toEqual(segments[index]?.to);

    // The kernel's clock begins shortly after it has switched paging on, and it is not ours.
    const at = (id: string) => milestones.find((one) => one.id === id)?.seconds ?? Number.NaN;
    const stamp = Number(/\[ *(\d+\.\d+)\] Run \/init/.exec(figures.console)?.[1]);
    const ours = at("init") - at("paging");
    expect(at("init")).toBeLessThan(seconds);
    expect(stamp / ours).toBeGreaterThan(0.4);
    expect(stamp / ours).toBeLessThan(1.6);
  });

  it("shows that another system has neither paging nor init", async () => {
    const figures = await boot(boots["other-os"]?.machine ?? "", true);
    expect(ids(figures)).toEqual(["loaded", "protected", "output", "prompt"]);
    expect(missingStages(segmentsOf(bootOf(figures)))).toEqual(["kernel", "programs"]);
  });

  it("shows that a restored machine passes through no stage", async () => {
    const figures = await boot(machine, false);
    expect(ids(figures)).toEqual(["prompt"]);
    const { instructions } = figures;
    expect(segmentsOf(bootOf(figures))).toMatchObject([{ stage: "whole", to: { instructions } }]);
  });
});
