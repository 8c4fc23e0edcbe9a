import { bringUp } from "../../src/lab/run.ts";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachineOptions, MachinePort } from "../../src/machine/protocol.ts";
import { median } from "./bench.ts";

/**
 * Fixed work that keeps the CPU busy: a program's own loop, system calls, and bytes that the
 * emulator gets one by one (an access to a device each).
 */
const WORK = [
  "i=0; while ((i++ < 20000)); do :; done",
  "dd if=/dev/zero of=/dev/null bs=64 count=20000 2>&-",
  "head -c 5000 /dev/zero > /dev/ttyS0",
].join("; ");
/** Until the engine has translated the work, and the host's compiler is done with both. */
const WARM_UPS = 4;
/** How often the page asks for a reading, at most. */
const WATCH_MS = 200;

/** A machine that stands still until it has to work. */
interface Worker {
  port: MachinePort;
  shell: Shell;
}

/**
 * What the probe costs: guest instructions per second of this process's CPU time, with it as a share
 * of without it. CPU time, since a busy computer gives a process less of it, not slower; and each
 * pair is measured one right after the other, in alternating order.
 * @param pairs  how many; the median of their ratios counts
 */
export async function probeRatio(
  guest: string,
  compared: "on ÷ off" | "off ÷ bare",
  pairs: number,
): Promise<number> {
  const probed = await worker(guest);
  const other = compared === "on ÷ off" ? probed : await worker(guest, { probes: false });
  const sides = [
    () => rate(probed, compared === "on ÷ off" ? WATCH_MS : 0),
    () => rate(other, 0),
  ] as const;
  try {
    const ratios: number[] = [];
    const all: unknown[] = [];
    for (let pair = -WARM_UPS; pair < pairs; pair++) {
      const first = Math.abs(pair) % 2;
      const rates = [0, 0];
      for (const side of [first, 1 - first]) rates[side] = (await sides[side]?.()) ?? Number.NaN;
      all.push(rates.map((r) => (r / 1e6).toFixed(1)).join("/"));
      if (pair >= 0) ratios.push((rates[0] ?? 0) / (rates[1] ?? 0));
    }
    if (process.env.DEBUG) console.log(JSON.stringify(ratios.map((r) => +r.toFixed(3))), all);
    return median(ratios);
  } finally {
    for (const { port } of new Set([probed, other])) port.destroy();
  }
}

async function worker(guest: string, options?: MachineOptions): Promise<Worker> {
  const port = nodeMachine("linux", guest, options);
  const shell = new Shell(port, 0);
  await bringUp(port);
  await paused(port, true);
  return { port, shell };
}

/** Guest instructions per second of this process's CPU time while a machine works. */
async function rate({ port, shell }: Worker, watchMs: number): Promise<number> {
  await paused(port, false);
  port.watch(watchMs);
  const before = process.cpuUsage();
  const { instructions } = await shell.run(WORK, { typingMs: 0, limitSeconds: 300 });
  const { user, system } = process.cpuUsage(before);
  port.watch(0);
  await paused(port, true);
  return instructions / ((user + system) / 1e6);
}

function paused(port: MachinePort, wanted: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = port.subscribe((event) => {
      if (event.type !== "status") return;
      stop();
      resolve();
    });
    if (wanted) port.pause();
    else port.resume();
  });
}
