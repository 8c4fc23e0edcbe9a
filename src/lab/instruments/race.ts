import { z } from "zod";
import { reach } from "../../machine/reach.ts";
import { labErrorOf } from "../errors.ts";
import type { Bench, Instrument } from "./instrument.ts";
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
export const laneIds = ["linux", "restored", "container", "clone", "process"] as const;
/** What it starts; `stock` has a button of its own. */
export const contestants = ["stock", ...laneIds] as const;
export type Contestant = (typeof contestants)[number];

/** Those that begin with switching a machine on. */
export const bootIds: readonly Contestant[] = ["stock", "linux", "restored"];

const dataSchema = z.record(z.enum(contestants), costSchema);
export type RaceData = z.infer<typeof dataSchema>;

/**
 * Runs one contestant on a machine, whatever that was doing.
 * @throws LabError or AgentError when it did not get to its end
 */
export async function runContestant(id: Contestant, ground: Ground): Promise<Cost> {
  switch (id) {
    case "stock":
    case "linux":
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

async function record(bench: Bench): Promise<RaceData> {
  const stock = await bench.machine("stock");
  const { status } = stock.port;
  if (status.state !== "ready") throw new Error(`stock is ${status.state}, not ready`);
  const data: Partial<RaceData> = {
    stock: roundedCost({ instructions: status.boot.instructions, seconds: status.boot.seconds }),
  };
  stock.port.destroy();
  const linux = await bench.machine("linux");
  for (const id of laneIds) data[id] = roundedCost(await runContestant(id, linux));
  return dataSchema.parse(data);
}

export const race: Instrument<RaceData> = {
  id: "race",
  machines: ["linux", "stock"],
  schema: dataSchema,
  record,
};
