import { z } from "zod";
import { type DeviceId, deviceIds } from "../../machine/devices.ts";
import type { DeviceTraps, MachinePort, Reading } from "../../machine/protocol.ts";
import { waitFor } from "../../machine/wait.ts";
import { LabError, labErrorOf } from "../errors.ts";
import { Shell } from "../shell.ts";
import {
  type Bench,
  type Instrument,
  oneMachine,
  QUIET_TERMINAL,
  type Roles,
} from "./instrument.ts";

const count = z.int().nonnegative();
const trapsSchema = z.array(
  z.strictObject({ device: z.enum(deviceIds), reads: count, writes: count }),
);

/** All accesses to devices up to a moment. */
export const trapSampleSchema = z.strictObject({
  /** Seconds since the first sample. */
  at: z.number().nonnegative(),
  traps: trapsSchema,
});
export type TrapSample = z.infer<typeof trapSampleSchema>;

/**
 * What the guest is given to do, outside a container and inside. Paths are absolute, so that no
 * search for a program reaches the 9P device; a zero byte is one that no terminal shows.
 */
export const programs = {
  nothing: ":",
  calls: "/usr/bin/dd if=/dev/zero of=/dev/null bs=1 count=5000 2>&-",
  virtio: "/usr/bin/head -c 1000 /dev/zero > /dev/hvc2",
  serial: "/usr/bin/head -c 1000 /dev/zero > /dev/ttyS0",
} as const;
export type Program = keyof typeof programs;
export const programIds = Object.keys(programs) as Program[];

/** A shell in a container's namespaces, in the terminal it is typed into. */
export const CONTAINER_SHELL = "unshare --fork --pid --mount-proc --uts --ipc --net bash";

const comparedSchema = z.strictObject({
  program: z.enum(["nothing", "calls", "virtio", "serial"]),
  where: z.enum(["outside", "inside"]),
  /** From Enter to the next prompt; the echo of what is typed counts as well. */
  traps: trapsSchema,
});
export type Compared = z.infer<typeof comparedSchema>;

const dataSchema = z.strictObject({
  /** A cold boot, from power-on to the prompt. */
  boot: z.array(trapSampleSchema).min(1),
  comparison: z.array(comparedSchema),
});
export type TrapData = z.infer<typeof dataSchema>;

/** Reads and writes of some devices, together. */
export function sumOf(traps: readonly DeviceTraps[]): number {
  return traps.reduce((sum, { reads, writes }) => sum + reads + writes, 0);
}

/** What was added between two counts; devices without are left out, most accesses first. */
export function addedSince(
  before: readonly DeviceTraps[],
  after: readonly DeviceTraps[],
): DeviceTraps[] {
  const known = new Map(before.map((traps) => [traps.device, traps]));
  return after
    .map(({ device, reads, writes }) => ({
      device,
      reads: reads - (known.get(device)?.reads ?? 0),
      writes: writes - (known.get(device)?.writes ?? 0),
    }))
    .filter((traps) => sumOf([traps]) > 0)
    .sort((a, b) => sumOf([b]) - sumOf([a]));
}

/** Makes samples of readings, and forgets them when the counting has begun anew. */
export class TrapSampler {
  #first: number | undefined;
  #last: TrapSample | undefined;

  /** @returns the sample, and whether it is the first of a new machine */
  push({ traps, seconds }: Reading): { sample: TrapSample; anew: boolean } {
    const last = this.#last;
    const anew =
      last === undefined ||
      this.#first === undefined ||
      seconds - this.#first < last.at ||
      sumOf(traps) < sumOf(last.traps);
    if (anew) this.#first = seconds;
    const sample = { at: seconds - (this.#first ?? seconds), traps };
    this.#last = sample;
    return { sample, anew };
  }
}

/**
 * Accesses per second between neighbouring samples, at the later one's time.
 * @param device  all of them without it
 */
export function ratesOf(
  samples: readonly TrapSample[],
  device?: DeviceId,
): { at: number; perSecond: number }[] {
  const total = ({ traps }: TrapSample) =>
    sumOf(device ? traps.filter((one) => one.device === device) : traps);
  return samples.flatMap((sample, index) => {
    const last = samples[index - 1];
    if (!last || sample.at <= last.at) return [];
    const added = Math.max(0, total(sample) - total(last));
    return [{ at: sample.at, perSecond: added / (sample.at - last.at) }];
  });
}

/** Accesses in the last second of some samples. */
export function perSecond(samples: readonly TrapSample[], device?: DeviceId): number {
  const end = samples.at(-1)?.at ?? 0;
  const from = samples.findLastIndex(({ at }) => at <= end - 1);
  const recent = samples.slice(Math.max(0, from));
  const first = recent[0];
  const last = recent.at(-1);
  return first && last ? (ratesOf([first, last], device)[0]?.perSecond ?? 0) : 0;
}

/** They come several times a second: without one for so long there will be none. */
const READING_SECONDS = 30;

/** A reading made after now. @throws LabError `interrupted` when the machine ends before */
async function nextReading(port: MachinePort, signal?: AbortSignal): Promise<Reading> {
  let reading: Reading | undefined;
  const stop = port.subscribe((event) => {
    if (event.type === "reading") reading ??= event.reading;
  });
  const read = () => {
    const { state } = port.status;
    if (state === "ready" || state === "paused") return reading;
    const cause = `${port.id} is ${state}`;
    throw new LabError({ code: "interrupted", params: { machine: port.id, state, cause } });
  };
  try {
    return await waitFor(port, read, { signal, seconds: READING_SECONDS });
  } catch (thrown) {
    throw labErrorOf(thrown);
  } finally {
    stop();
  }
}

/**
 * Runs each program outside, then inside a container, and tells what each was added. Readings must
 * be coming. Whatever else reaches for a device meanwhile is counted too.
 * @throws LabError
 */
export async function compare(
  shell: Shell,
  told: (compared: Compared) => void,
  limitSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const options = { typingMs: 0, limitSeconds, signal };
  const { machine } = shell;
  await shell.home(options);
  // The first of everything costs more: a terminal wakes, a program is read from the file system.
  for (const program of programIds) await shell.run(programs[program], options);
  for (const where of ["outside", "inside"] as const) {
    if (where === "inside") await shell.run(CONTAINER_SHELL, options);
    for (const program of programIds) {
      const before = await nextReading(machine, signal);
      await shell.run(programs[program], options);
      const after = await nextReading(machine, signal);
      told({ program, where, traps: addedSince(before.traps, after.traps) });
    }
  }
  await shell.home(options);
}

/** How often the recording samples. */
const SAMPLE_MS = 400;
const LIMIT_SECONDS = 60;

/** Boots, then compares. */
async function record(bench: Bench, { machine }: Roles): Promise<TrapData> {
  const sampler = new TrapSampler();
  const boot: TrapSample[] = [];
  let stop = () => {};
  const { port } = await bench.machine(machine, { cold: true }, (machine) => {
    stop = machine.subscribe((event) => {
      if (event.type !== "reading") return;
      const { sample, anew } = sampler.push(event.reading);
      if (anew) boot.length = 0;
      boot.push({ ...sample, at: Math.round(sample.at * 1000) / 1000 });
    });
    machine.watch(SAMPLE_MS);
  });
  await nextReading(port);
  stop();
  const comparison: Compared[] = [];
  const shell = new Shell(port, QUIET_TERMINAL);
  await compare(shell, (compared) => comparison.push(compared), LIMIT_SECONDS);
  port.watch(0);
  return { boot, comparison };
}

export const trapCounter: Instrument<TrapData> = {
  id: "trap-counter",
  ...oneMachine,
  schema: dataSchema,
  record,
};
