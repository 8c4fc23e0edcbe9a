import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { BuildStep } from "../../src/machine/build-progress.ts";
import { writeWhole } from "./cache.ts";
import type { Work } from "./estimate.ts";

const timesSchema = z.record(
  z.string(),
  z.object({ seconds: z.number().positive(), amount: z.number().positive() }),
);

/** How long works took on this computer, by what they are: see {@link timeKey}. */
export type Times = z.infer<typeof timesSchema>;

/** Source files of a Linux kernel as `guest/kernel/base.config` has it: 6.1.174, counted. */
export const KERNEL_FILES = 874;

/**
 * What to expect on a computer that has not built yet, in seconds: alone, and of one core where all
 * work. Measured on two cores of a shared server, November 2026; a download at 5 MB/s.
 */
const EXPECTED: Record<BuildStep, { alone: number; shared: number; amount: number }> = {
  waiting: { alone: 0, shared: 0, amount: 1 },
  preparing: { alone: 1, shared: 0, amount: 1 },
  downloading: { alone: 1, shared: 0, amount: 5e6 },
  share: { alone: 18, shared: 20, amount: 1 },
  kernel: { alone: 15, shared: 357, amount: KERNEL_FILES },
  programs: { alone: 15, shared: 32, amount: 1 },
  assembling: { alone: 5, shared: 0, amount: 1 },
  snapshot: { alone: 8, shared: 0, amount: 1 },
};

/** The same work of another machine may take longer; downloads are all alike. */
function timeKey({ machine, step }: Pick<Work, "machine" | "step">): string {
  return step === "downloading" || machine === null ? step : `${step} ${machine}`;
}

function timesFile(cache: string): string {
  return join(cache, "build-times.json");
}

/** What earlier builds on this computer took; nothing if that cannot be read. */
export function readTimes(cache: string): Times {
  try {
    return timesSchema.parse(JSON.parse(readFileSync(timesFile(cache), "utf8")));
  } catch {
    return {};
  }
}

/**
 * The work with what it is expected to take.
 * @param amount  how much there is to do, in the units of `EXPECTED`
 */
export function workOf(
  times: Times,
  machine: string | null,
  step: BuildStep,
  amount: number,
  counts = false,
): Work {
  const known = times[timeKey({ machine, step })];
  const { alone, shared, amount: unit } = EXPECTED[step];
  const seconds = known
    ? (known.seconds / known.amount) * amount
    : (alone + shared / availableParallelism()) * (amount / unit);
  return { machine, step, seconds, amount, counts };
}

/** How many files a machine's kernel is compiled from, as far as is known. */
export function kernelFiles(times: Times, machine: string): number {
  return times[timeKey({ machine, step: "kernel" })]?.amount ?? KERNEL_FILES;
}

/** Keeps what a work took, for the next estimate. @param amount  how much it was in the end */
export function keepTime(
  cache: string,
  work: Pick<Work, "machine" | "step">,
  seconds: number,
  amount: number,
): void {
  if (seconds <= 0 || amount <= 0) return;
  const times = { ...readTimes(cache), [timeKey(work)]: { seconds, amount } };
  writeWhole(timesFile(cache), JSON.stringify(times, null, 2));
}
