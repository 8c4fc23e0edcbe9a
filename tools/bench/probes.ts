import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachineOptions, MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { median } from "./bench.ts";

/**
 * Fixed work that keeps the CPU busy, some 5 million instructions: a program's own loop, system
 * calls, and bytes that the emulator gets one by one (an access to a device each). It is short, so
 * that what else the computer does is the same for two in a row.
 */
const WORK = [
  "i=0; while ((i++ < 50)); do :; done",
  "dd if=/dev/zero of=/dev/null bs=64 count=1000 2>&-",
  "head -c 1000 /dev/zero > /dev/ttyS0",
].join("; ");
/** Pairs until the engine has translated the work, and the host's compiler is done with both. */
const WARM_UPS = 150;
/** Pairs for each run that the bench asks for: on a busy computer two in a row differ by a tenth. */
const PAIRS_PER_RUN = 100;
/** How often the page asks for a reading, at most. */
const WATCH_MS = 200;

/** A machine that stands still until it has to work. */
interface Worker {
  port: MachinePort;
  shell: Shell;
  watchMs: number;
}

/**
 * What the probe costs: guest instructions per second of this thread's CPU time, with it ÷ without
 * it. The two work in turns, now one first, now the other; the median of the pairs' ratios counts.
 * CPU time, since a busy computer gives a thread less of it before it slows it down.
 * @param id  of the machine
 * @param of  `watching`: told of each call, with readings, ÷ nobody watches; `waiting`: nobody
 *   watches ÷ there is no probe
 */
export async function probeRatio(
  id: string,
  guest: string,
  of: "watching" | "waiting",
  runs: number,
): Promise<number> {
  const probed = await standing(id, guest);
  const bare = of === "waiting" ? await standing(id, guest, { probes: false }) : probed;
  const one = { ...probed, watchMs: of === "watching" ? WATCH_MS : 0 };
  const other = { ...bare, watchMs: 0 };
  try {
    const ratios: number[] = [];
    for (let pair = 0; pair < WARM_UPS + runs * PAIRS_PER_RUN; pair += 2) {
      const [a, b] = [await speedOf(one), await speedOf(other)];
      const [d, c] = [await speedOf(other), await speedOf(one)];
      if (pair >= WARM_UPS) ratios.push(a / b, c / d);
    }
    return median(ratios);
  } finally {
    for (const port of new Set([probed.port, bare.port])) port.destroy();
  }
}

async function standing(
  id: string,
  guest: string,
  options?: MachineOptions,
): Promise<Omit<Worker, "watchMs">> {
  const port = nodeMachine(id, guest, options);
  const shell = new Shell(port, 0);
  await bringUp(port);
  await nextStatus(port, () => port.pause());
  return { port, shell };
}

/** Guest instructions per second of this thread's CPU time while the machine works. */
async function speedOf({ port, shell, watchMs }: Worker): Promise<number> {
  await nextStatus(port, () => port.resume());
  port.watch(watchMs);
  const before = process.threadCpuUsage();
  const { instructions } = await shell.run(WORK, { typingMs: 0, limitSeconds: 300 });
  const { user, system } = process.threadCpuUsage(before);
  port.watch(0);
  await nextStatus(port, () => port.pause());
  return (instructions * 1e6) / (user + system);
}

function nextStatus(port: MachinePort, change: () => void): Promise<void> {
  return new Promise((resolve) => {
    const stop = port.subscribe((event) => {
      if (event.type !== "status") return;
      stop();
      resolve();
    });
    change();
  });
}
