import { z } from "zod";
import { reach } from "../../machine/reach.ts";
import { labErrorOf } from "../errors.ts";
import { type Bench, type Instrument, machineId } from "./instrument.ts";
import {
  type Cost,
  costSchema,
  type Ground,
  roundedCost,
  startClone,
  startContainer,
  startProcess,
  whileUp,
} from "./starts.ts";

/** What the race's button runs one after another, in this order. */
export const laneIds = ["cold", "restored", "container", "clone", "process"] as const;
/** What it starts; the distribution's kernel has a button of its own. */
export const contestants = ["distribution", ...laneIds] as const;
export type Contestant = (typeof contestants)[number];

/** Those that begin with switching a machine on. */
export const bootIds: readonly Contestant[] = ["distribution", "cold", "restored"];

const rolesSchema = z.strictObject({
  /** The machine of all lanes: it boots, is restored, and starts containers. */
  machine: machineId,
  /** One with a kernel that its distribution has compiled for any PC; only booted. */
  distribution: machineId,
});
export type RaceRoles = z.infer<typeof rolesSchema>;

const dataSchema = z.record(z.enum(contestants), costSchema);
export type RaceData = z.infer<typeof dataSchema>;

/**
 * Runs one contestant on a machine, whatever that was doing.
 * @throws LabError or AgentError when it did not get to its end
 */
export async function runContestant(id: Contestant, ground: Ground): Promise<Cost> {
  switch (id) {
    case "distribution":
    case "cold":
      return booted(ground, () => ground.port.reset());
    case "restored":
      return booted(ground, () => ground.port.restore());
    case "container":
      return whileUp(ground, startContainer);
    case "clone":
      return whileUp(ground, startClone);
    case "process":
      return whileUp(ground, startProcess);
  }
}

/** Seconds are those the emulator ran: downloads and pauses are not among them. */
async function booted({ port, trying, signal }: Ground, act: () => void): Promise<Cost> {
  trying?.({ instructions: 0, seconds: 0 });
  const { boot } = await reach(port, "ready", { act, afresh: true, signal }).catch((thrown) => {
    throw labErrorOf(thrown);
  });
  trying?.(undefined);
  return { instructions: boot.instructions, seconds: boot.seconds };
}

async function record(bench: Bench, roles: RaceRoles): Promise<RaceData> {
  const other = await bench.machine(roles.distribution, { cold: true });
  const { status } = other.port;
  if (status.state !== "ready")
    throw new Error(`${roles.distribution} is ${status.state}, not ready`);
  const { instructions, seconds } = status.boot;
  const data: Partial<RaceData> = { distribution: roundedCost({ instructions, seconds }) };
  other.port.destroy();
  const machine = await bench.machine(roles.machine);
  for (const id of laneIds) data[id] = roundedCost(await runContestant(id, machine));
  return dataSchema.parse(data);
}

export const race: Instrument<RaceData, RaceRoles> = {
  id: "race",
  roles: rolesSchema,
  machines: (roles) => roles,
  schema: dataSchema,
  record,
};
