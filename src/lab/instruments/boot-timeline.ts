import { z } from "zod";
import type { BootFigures, Milestone } from "../../machine/protocol.ts";
import type { Bench, Instrument, Subject } from "./instrument.ts";
import { type Cost, costSchema, roundedCost, startClone, startContainer } from "./starts.ts";

export const milestoneIds = ["loaded", "protected", "paging", "output", "init", "prompt"] as const;

const milestoneSchema = costSchema.extend({ id: z.enum(milestoneIds) });

/** A boot, from power-on or from a snapshot, to the prompt. */
export const bootSchema = z.strictObject({
  from: z.enum(["power-on", "snapshot"]),
  milestones: z.array(milestoneSchema).min(1),
});
export type Boot = z.infer<typeof bootSchema>;

/** The boots that are recorded: machine, and how it begins. */
export const recordedBoots = {
  stock: { machine: "stock", cold: true },
  linux: { machine: "linux", cold: true },
  "tiny-os": { machine: "tiny-os", cold: true },
  restored: { machine: "linux", cold: false },
} as const;
export const bootIds = ["stock", "linux", "tiny-os", "restored"] as const;
export type BootId = (typeof bootIds)[number];

/** Containers, which have none of a boot's stages, at the same scale. */
export const startIds = ["container", "clone"] as const;
export type StartId = (typeof startIds)[number];

const dataSchema = z.strictObject({
  boots: z.record(z.enum(bootIds), bootSchema),
  starts: z.record(z.enum(startIds), costSchema),
});
export type BootTimelineData = z.infer<typeof dataSchema>;

/**
 * What a machine does between two milestones. `real` is the boot loader or the kernel's own set-up
 * in real mode; `protected` is 32-bit code without paging, which unpacks a compressed kernel;
 * `kernel` is the kernel proper until it starts init; `programs` is init and the shell. `whole` is
 * what has no stages.
 */
export const stages = ["firmware", "real", "protected", "kernel", "programs"] as const;
export type Stage = (typeof stages)[number] | "whole";

/** Which stage each milestone begins. The console's first byte and the prompt begin none. */
const BEGINS: Partial<Record<Milestone["id"], Stage>> = {
  loaded: "real",
  protected: "protected",
  paging: "kernel",
  init: "programs",
};

/** One stage of a boot, from its begin to its end since power-on. */
export interface Segment {
  stage: Stage;
  from: Cost;
  to: Cost;
}

const POWER_ON: Cost = { instructions: 0, seconds: 0 };

/**
 * The stages of a boot, in order. One that the machine never enters is not among them.
 * @param now  how far a boot has come that is not at its prompt yet
 */
export function segmentsOf({ from, milestones }: Boot, now?: Cost): Segment[] {
  const end = milestones.find(({ id }) => id === "prompt") ?? now;
  if (!end) return [];
  if (from === "snapshot") return [whole(end)];
  const segments: Segment[] = [];
  let open: Omit<Segment, "to"> = { stage: "firmware", from: POWER_ON };
  for (const milestone of milestones) {
    const stage = BEGINS[milestone.id];
    if (!stage) continue;
    segments.push({ ...open, to: costAt(milestone) });
    open = { stage, from: costAt(milestone) };
  }
  return [...segments, { ...open, to: costAt(end) }];
}

/** What has no stages: all of it at once. */
export function whole(cost: Cost): Segment {
  return { stage: "whole", from: POWER_ON, to: costAt(cost) };
}

/** The stages of a boot from power-on that are not among these. */
export function missingStages(segments: readonly Segment[]): Stage[] {
  return stages.filter((stage) => !segments.some((segment) => segment.stage === stage));
}

function costAt({ instructions, seconds }: Cost): Cost {
  return { instructions, seconds };
}

/** A machine's figures as a boot is kept. */
export function bootOf({ from, milestones }: Pick<BootFigures, "from" | "milestones">): Boot {
  return { from, milestones: milestones.map(roundedCost) };
}

/** Boots each machine, and starts containers on the one that was restored. */
async function record(bench: Bench): Promise<BootTimelineData> {
  const boots: Partial<Record<BootId, Boot>> = {};
  let restored: Subject | undefined;
  for (const id of bootIds) {
    const { machine, cold } = recordedBoots[id];
    restored = await bench.machine(machine, { cold });
    const { status } = restored.port;
    if (status.state !== "ready") throw new Error(`${id} is ${status.state}, not ready`);
    boots[id] = bootOf(status.boot);
    // The next one should have the computer to itself.
    if (id !== "restored") restored.port.destroy();
  }
  if (!restored) throw new Error("no machine was restored");
  const starts = {
    container: roundedCost(await startContainer(restored)),
    clone: roundedCost(await startClone(restored)),
  };
  return dataSchema.parse({ boots, starts });
}

export const bootTimeline: Instrument<BootTimelineData> = {
  id: "boot-timeline",
  machines: ["stock", "linux", "tiny-os"],
  schema: dataSchema,
  record,
};
