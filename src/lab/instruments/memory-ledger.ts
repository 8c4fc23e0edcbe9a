import { z } from "zod";
import type { AgentChannel } from "../../machine/agent.ts";
import { type AgentCgroup, failureSchema } from "../../machine/agent-protocol.ts";
import type { MachinePort, MemoryFigures } from "../../machine/protocol.ts";
import { type Bench, CONTAINER, type Instrument, oneMachine, type Roles } from "./instrument.ts";

const bytes = z.int().nonnegative();

/** What starting and ending some containers did to the machine's memory. */
export const ledgerRowSchema = z.strictObject({
  /** How many containers were asked for, and how many started. */
  asked: z.int().positive(),
  started: z.int().nonnegative(),
  /** The guest's MemAvailable: before, with all of them running, and when all had ended. */
  before: bytes,
  after: bytes,
  ended: bytes.optional(),
  /** What of the machine's memory was touched while they ran. */
  touched: bytes,
  failure: failureSchema.optional(),
});
export type LedgerRow = z.infer<typeof ledgerRowSchema>;

const ledgerSchema = z.strictObject({
  /** The one machine, before any container: what it was given, and touched of it. */
  vm: z.strictObject({ size: bytes, touched: bytes }),
  rows: z.array(ledgerRowSchema),
});
/** What was measured: a live picture's, or a recording's. */
export type Ledger = z.infer<typeof ledgerSchema>;

const accountSchema = z.strictObject({
  /** `/sleeper`. */
  path: z.string(),
  /** The kernel's `memory.current` of it, and its `memory.max`; null where there is no limit. */
  memoryBytes: bytes,
  memoryMaxBytes: bytes.nullable(),
});
/** What a control group's own account says. */
export type GroupAccount = z.infer<typeof accountSchema>;

const dataSchema = ledgerSchema.extend({
  /** Of one container's program: what is in memory, and how much of that others have mapped, too. */
  program: z.strictObject({ resident: bytes, shared: bytes }),
  /** Of a container that crun has started, which gives it a control group. */
  groups: z.array(accountSchema),
});
export type LedgerData = z.infer<typeof dataSchema>;

/** The slider's stops. */
export const COUNTS = [1, 10, 100, 1000] as const;

/** Time for the kernel to free what ended processes had. */
const SETTLE_MS = 1000;

/** What containers took of the guest's memory. Few of them can be 0 or less: see {@link BLUR_BYTES}. */
export function usedBytes({ before, after }: LedgerRow): number {
  return before - after;
}

/**
 * What MemAvailable is good to: up to 405 pages of 4 KiB that processes freed wait for the next one in
 * the kernel's lists, uncounted, for good if nobody comes. The number is `high` in `/proc/zoneinfo`.
 */
export const BLUR_BYTES = 405 * 4096;
/** What came back is told where the blur is a tenth of it at most. */
const TOLD_BLURS = 10;

/** Which part of what they took came back when they ended, 0 to 1; undefined if that cannot be told. */
export function returnedShare(row: LedgerRow): number | undefined {
  const used = usedBytes(row);
  if (row.ended === undefined || used < TOLD_BLURS * BLUR_BYTES) return undefined;
  return Math.min(1, Math.max(0, (row.ended - row.after) / used));
}

/** What as many machines like the measured one would be given, and would have touched. Computed. */
export function asMachines({ size, touched }: MemoryFigures, count: number) {
  return { reserved: size * count, touched: touched * count };
}

/** What the measuring needs of a machine. */
export interface LedgerHost {
  agent: Pick<AgentChannel, "ask" | "spawn" | "killAll">;
  port: Pick<MachinePort, "query">;
}

/**
 * Ends the containers there are, starts as many as asked, and measures. One is started and ended
 * before: the first ever makes the kernel and the agent allocate what later ones use again.
 * @throws AgentError
 */
export async function startContainers(host: LedgerHost, asked: number): Promise<LedgerRow> {
  const { agent, port } = host;
  await agent.spawn(1, CONTAINER);
  await endContainers(host);
  const before = await available(host);
  const { containers, failure } = (await agent.spawn(asked, CONTAINER)).value;
  const after = await available(host);
  const { touched } = await port.query({ of: "memory" });
  const row = { asked, started: containers.length, before, after, touched };
  return failure ? { ...row, failure } : row;
}

/** Ends all containers. @returns MemAvailable after that, in bytes. @throws AgentError */
export async function endContainers(host: LedgerHost): Promise<number> {
  await host.agent.killAll();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return available(host);
}

/** The accounts of all control groups that have one; the root has none. */
export function accountsOf(groups: readonly AgentCgroup[]): GroupAccount[] {
  return groups.flatMap(({ path, memoryBytes, memoryMaxBytes }) =>
    memoryBytes === null ? [] : [{ path, memoryBytes, memoryMaxBytes }],
  );
}

async function available({ agent }: LedgerHost): Promise<number> {
  return (await agent.ask("memory")).value.MemAvailable ?? 0;
}

/** A container with a control group, line by line. crun's child keeps what it is given. */
const SLEEPER = [
  "bundle busybox /tmp/sleeper -- busybox sleep 1000",
  "crun run -d -b /tmp/sleeper sleeper < /dev/null > /dev/null 2>&1",
];

async function record(bench: Bench, { machine }: Roles): Promise<LedgerData> {
  const subject = await bench.machine(machine);
  const vm = await subject.port.query({ of: "memory" });
  const rows: LedgerRow[] = [];
  for (const count of COUNTS) {
    const row = await startContainers(subject, count);
    rows.push({ ...row, ended: await endContainers(subject) });
  }
  // Last, because the commands that look take memory of their own.
  const { containers } = (await subject.agent.spawn(2, CONTAINER)).value;
  const rollup = await subject.run(`cat /proc/${containers[0]?.pid}/smaps_rollup`);
  await subject.agent.killAll();
  for (const command of SLEEPER) await subject.run(command);
  const groups = accountsOf((await subject.agent.ask("cgroups")).value);
  return { vm, rows, program: programPages(rollup), groups };
}

/** Reads `/proc/PID/smaps_rollup`, which is in kB of 1024 bytes. */
export function programPages(rollup: string): LedgerData["program"] {
  const field = (name: string) =>
    1024 * Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(rollup)?.[1]);
  return { resident: field("Rss"), shared: field("Shared_Clean") + field("Shared_Dirty") };
}

export const memoryLedger: Instrument<LedgerData> = {
  id: "memory-ledger",
  ...oneMachine,
  schema: dataSchema,
  record,
};
