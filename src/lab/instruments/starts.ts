import { z } from "zod";
import type { AgentChannel } from "../../machine/agent.ts";
import type { MachinePort } from "../../machine/protocol.ts";
import { LabError } from "../errors.ts";
import type { Shell } from "../shell.ts";
import { CONTAINER } from "./instrument.ts";

/** What something took: guest instructions of the whole machine, and seconds the emulator ran. */
export const costSchema = z.strictObject({
  instructions: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
});
export type Cost = z.infer<typeof costSchema>;

const BUNDLE = "/tmp/start-bundle";
/** An OCI bundle whose program is busybox, which is static. */
const MAKE_BUNDLE = [
  `rm -rf ${BUNDLE}`,
  `mkdir -p ${BUNDLE}/rootfs/bin`,
  `(cd ${BUNDLE} && crun spec)`,
  `cp /usr/bin/busybox ${BUNDLE}/rootfs/bin/true`,
  `sed -i 's/"sh"/"true"/; s/"terminal": true/"terminal": false/' ${BUNDLE}/config.json`,
].join(" && ");
const RUN_BUNDLE = `crun run --bundle ${BUNDLE} start`;
const RUN_PROCESS = "/usr/bin/busybox true";

/**
 * How often a short start is measured; the least counts. Whatever else the machine does in between
 * (a timer's tick, another instrument's question) can only add.
 */
const TRIES = 3;
const LIMIT_SECONDS = 120;

/** A machine at its prompt on which things are started. */
export interface Ground {
  port: MachinePort;
  shell: Shell;
  agent: AgentChannel;
  /** Told what the machine's counters show when a measured try begins, and nothing when it ends. */
  trying?(since: Cost | undefined): void;
  /** Ends what is being typed. */
  signal?: AbortSignal | undefined;
}

/**
 * A container by crun from a bundle that is there already: `crun run` of a static program that ends
 * at once. Without what the shell does for any line of that length.
 * @throws LabError, also when crun fails
 */
export async function startContainer(ground: Ground): Promise<Cost> {
  await typed(ground, MAKE_BUNDLE);
  // The first run also fetches crun, and fills the kernel's caches.
  await typed(ground, RUN_BUNDLE);
  const cost = await costOfCommand(ground, RUN_BUNDLE);
  await typed(ground, `rm -rf ${BUNDLE}`);
  return cost;
}

/** A process from the shell: fork, exec of a static program, exit. @throws LabError */
export async function startProcess(ground: Ground): Promise<Cost> {
  await typed(ground, RUN_PROCESS);
  return costOfCommand(ground, RUN_PROCESS);
}

/**
 * A container without anything in it: one `clone` with new namespaces, by the agent, which does not
 * execute a program. @throws AgentError
 */
export async function startClone(ground: Ground): Promise<Cost> {
  const { agent } = ground;
  // The first request starts the agent itself.
  await agent.spawn(1, CONTAINER);
  const cost = await least(ground, () => agent.spawn(1, CONTAINER));
  await agent.killAll();
  return cost;
}

/** A command's cost beyond that of a line as long that does nothing. */
async function costOfCommand(ground: Ground, command: string): Promise<Cost> {
  const all = await least(ground, () => typed(ground, command));
  const nothing = await least({ port: ground.port }, () =>
    typed(ground, `: ${command.slice(": ".length)}`),
  );
  return {
    instructions: Math.max(0, all.instructions - nothing.instructions),
    seconds: Math.max(0, all.seconds - nothing.seconds),
  };
}

/** The least of some tries, of each figure by itself. */
async function least(
  { port, trying }: Pick<Ground, "port" | "trying">,
  work: () => Promise<unknown>,
): Promise<Cost> {
  const tries: Cost[] = [];
  while (tries.length < TRIES) {
    const before = await port.measure();
    trying?.(before);
    await work();
    trying?.(undefined);
    const after = await port.measure();
    tries.push({
      instructions: after.instructions - before.instructions,
      seconds: after.seconds - before.seconds,
    });
  }
  return {
    instructions: Math.min(...tries.map(({ instructions }) => instructions)),
    seconds: Math.min(...tries.map(({ seconds }) => seconds)),
  };
}

/** Types a command that has to succeed. @throws LabError */
async function typed({ shell, signal }: Ground, command: string): Promise<void> {
  const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS, signal };
  const { exit, output } = await shell.run(command, options);
  if (exit !== 0)
    throw new LabError({
      code: "checkpoint",
      params: { command, exit: String(exit ?? "–"), output },
    });
}

/**
 * Does something on a machine that is up, and stops typing once it no longer is.
 * @throws LabError `stopped` or `crashed` then
 */
export async function whileUp<T>(ground: Ground, work: (ground: Ground) => Promise<T>): Promise<T> {
  const lost = new AbortController();
  const stop = ground.port.subscribe((event) => {
    if (event.type !== "status") return;
    const { state } = event.status;
    if (state !== "ready" && state !== "paused") lost.abort();
  });
  return work({ ...ground, signal: lost.signal }).finally(stop);
}

/** As precise as a recording needs to be: seconds to the millisecond. */
export function roundedCost<C extends Cost>(cost: C): C {
  return { ...cost, seconds: Math.round(cost.seconds * 1000) / 1000 };
}
