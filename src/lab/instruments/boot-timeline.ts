import { z } from "zod";
import type { BootFigures, Milestone } from "../../machine/protocol.ts";
import { type Bench, type Instrument, machineId } from "./instrument.ts";
import { type Cost, costSchema, roundedCost, startClone, startContainer } from "./starts.ts";

export const milestoneIds = ["loaded", "protected", "paging", "output", "init", "prompt"] as const;

const milestoneSchema = costSchema.extend({ id: z.enum(milestoneIds) });

/** A boot, from power-on or from a snapshot, to the prompt. */
export const bootSchema = z.strictObject({
  from: z.enum(["power-on", "snapshot"]),
  milestones: z.array(milestoneSchema).min(1),
});
export type Boot = z.infer<typeof bootSchema>;

/** Names a boot in the recording, and in `src/content/i18n` as `start.name.<id>`. Example: `cold`. */
const bootId = z.string().regex(/^[a-z][a-z-]*$/, "must be small letters and hyphens");

const rolesSchema = z.strictObject({
  /** Whose boots here are drawn below the recorded ones; the containers are started on it, too. */
  machine: machineId,
  /** The boots that are recorded, in the order in which they are drawn. */
  boots: z.record(
    bootId,
    z.strictObject({ machine: machineId, from: z.enum(["power-on", "snapshot"]) }),
  ),
});
export type BootRoles = z.infer<typeof rolesSchema>;

/** Containers, which have none of a boot's stages, at the same scale. */
export const startIds = ["container", "clone"] as const;
export type StartId = (typeof startIds)[number];

const dataSchema = z.strictObject({
  boots: z.record(bootId, bootSchema),
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

/** Boots each machine, one after another, and starts containers on the attached one. */
async function record(bench: Bench, { machine, boots }: BootRoles): Promise<BootTimelineData> {
  const recorded: Record<string, Boot> = {};
  for (const [id, boot] of Object.entries(boots)) recorded[id] = await recordBoot(bench, id, boot);
  const ground = await bench.machine(machine);
  const starts = {
    container: roundedCost(await startContainer(ground)),
    clone: roundedCost(await startClone(ground)),
  };
  return dataSchema.parse({ boots: recorded, starts });
}

/** @throws Error when the machine does not begin as it should */
async function recordBoot(
  bench: Bench,
  id: string,
  { machine, from }: BootRoles["boots"][string],
): Promise<Boot> {
  const { port } = await bench.machine(machine, { cold: from === "power-on" });
  const { status } = port;
  if (status.state !== "ready") throw new Error(`${machine} is ${status.state}, not ready`);
  const boot = bootOf(status.boot);
  if (boot.from !== from)
    throw new Error(`${id}: ${machine} began from ${boot.from}; it has no ${from} to begin from`);
  // The next one should have the computer to itself.
  port.destroy();
  return boot;
}

export const bootTimeline: Instrument<BootTimelineData, BootRoles> = {
  id: "boot-timeline",
  roles: rolesSchema,
  machines: ({ machine, boots }) => ({
    machine,
    ...Object.fromEntries(
      Object.entries(boots).map(([id, boot]) => [`boots.${id}.machine`, boot.machine]),
    ),
  }),
  schema: dataSchema,
  record,
};
