import { z } from "zod";
import type { CpuTime, Reading } from "../../machine/protocol.ts";
import { type Bench, type Instrument, oneMachine, type Roles } from "./instrument.ts";

const milliseconds = z.number().nonnegative();

/** Where the CPU was for a while. */
export const ringSampleSchema = z.strictObject({
  /** Seconds since the first sample, at the end of this one. */
  at: z.number().nonnegative(),
  kernelMs: milliseconds,
  userMs: milliseconds,
  haltedMs: milliseconds,
});
export type RingSample = z.infer<typeof ringSampleSchema>;

/** What the guest can be given to do. `idle` types nothing. */
export const workloads = {
  idle: undefined,
  user: "timeout 3 bash -c 'while :; do :; done'",
  kernel: "timeout 3 dd if=/dev/zero of=/dev/null bs=1",
} as const;
export type Workload = keyof typeof workloads;

/** Seconds that each of them lasts. */
export const WORKLOAD_SECONDS = 3;

const dataSchema = z.strictObject({
  samples: z.array(ringSampleSchema).min(1),
  /** What the guest did, and from when to when, in the samples' seconds. */
  phases: z.array(
    z.strictObject({
      workload: z.enum(["idle", "user", "kernel"]),
      from: z.number(),
      to: z.number(),
    }),
  ),
});
export type RingData = z.infer<typeof dataSchema>;

/** Makes samples of readings, each from the one before. */
export class RingSampler {
  #first: number | undefined;
  #last: CpuTime | undefined;

  /** @returns the sample since the last reading; none for the first one, and after a restart */
  push({ cpu, seconds }: Reading): RingSample | undefined {
    this.#first ??= seconds;
    const last = this.#last;
    this.#last = cpu;
    if (!last) return undefined;
    const sample = {
      at: seconds - this.#first,
      kernelMs: cpu.kernelMs - last.kernelMs,
      userMs: cpu.userMs - last.userMs,
      haltedMs: cpu.haltedMs - last.haltedMs,
    };
    if (Math.min(sample.at, sample.kernelMs, sample.userMs, sample.haltedMs) < 0) {
      this.#first = seconds;
      return undefined;
    }
    return sample;
  }
}

/** All of some samples, as shares of 1. No samples have no shares. */
export function ringShares(
  samples: readonly RingSample[],
): Record<"kernel" | "user" | "halted", number> {
  const sum = (key: "kernelMs" | "userMs" | "haltedMs") =>
    samples.reduce((total, sample) => total + sample[key], 0);
  const [kernel, user, halted] = [sum("kernelMs"), sum("userMs"), sum("haltedMs")];
  const all = kernel + user + halted || 1;
  return { kernel: kernel / all, user: user / all, halted: halted / all };
}

/** How often the recording samples. */
const SAMPLE_MS = 200;

/** Idles, loops in user mode, then makes one system call after another. */
async function record(bench: Bench, { machine }: Roles): Promise<RingData> {
  const { port, run } = await bench.machine(machine);
  const sampler = new RingSampler();
  const samples: RingSample[] = [];
  const phases: RingData["phases"] = [];
  const stop = port.subscribe((event) => {
    const sample = event.type === "reading" ? sampler.push(event.reading) : undefined;
    if (sample) samples.push(rounded(sample));
  });
  port.watch(SAMPLE_MS);
  const now = () => samples.at(-1)?.at ?? 0;
  for (const workload of ["idle", "user", "kernel", "idle"] as const) {
    const from = now();
    const command = workloads[workload];
    if (command) await run(command);
    else await new Promise((resolve) => setTimeout(resolve, WORKLOAD_SECONDS * 1000));
    phases.push({ workload, from, to: now() });
  }
  port.watch(0);
  stop();
  return { samples, phases };
}

function rounded(sample: RingSample): RingSample {
  return {
    at: Math.round(sample.at * 1000) / 1000,
    kernelMs: Math.round(sample.kernelMs),
    userMs: Math.round(sample.userMs),
    haltedMs: Math.round(sample.haltedMs),
  };
}

export const ringMeter: Instrument<RingData> = {
  id: "ring-meter",
  ...oneMachine,
  schema: dataSchema,
  record,
};
