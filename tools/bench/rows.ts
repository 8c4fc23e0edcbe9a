import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { benchRoles } from "../../src/book/machines.ts";
import { CONTAINER } from "../../src/lab/instruments/instrument.ts";
import { AgentChannel } from "../../src/machine/agent.ts";
import type { GuestMachine } from "../../src/machine/manifest.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { ROOT } from "../lib/paths.ts";
import { type BenchContext, type BenchRow, median } from "./bench.ts";
import { engineRows } from "./engine.ts";
import { boot, instructionsOf, restoreSeconds, withMachine } from "./machines.ts";
import { pageRows } from "./pages.ts";
import { probeRatio } from "./probes.ts";
import { qemuBootSeconds } from "./qemu.ts";

const MANY = 1000;
/** Time for the kernel to free what ended processes had. */
const SETTLE_MS = 1000;
/** An OCI bundle whose program is busybox, which is static. Line by line, as typed. */
const BUNDLE = [
  "mkdir -p /tmp/bundle/rootfs/bin && cd /tmp/bundle && crun spec",
  "cp /usr/bin/busybox rootfs/bin/echo",
  `sed -i 's/"sh"/"echo", "hello"/; s/"terminal": true/"terminal": false/' config.json`,
];

/** Our machine, and one with the kernel that its distribution compiled. */
const { machine: OURS, distribution: THEIRS } = benchRoles();

/** Every figure we hold ourselves to. Instructions and bytes are exact enough to compare runs. */
export const rows: BenchRow[] = [
  {
    id: `boot.${OURS}.instructions`,
    what: "guest instructions, reset → prompt",
    unit: "instructions",
    budget: 35e6,
    better: "lower",
    measure: async ({ guest, runs }) =>
      median(await repeat(runs, async () => (await boot(OURS, guest)).instructions)),
  },
  {
    id: `boot.${OURS}.vs-qemu-tcg`,
    what: "seconds to the prompt under v86 in Node ÷ under qemu-system-i386 -accel tcg",
    unit: "ratio",
    // Without `translateByThePage` it is 1.9.
    budget: 1.5,
    better: "lower",
    measure: async (context) =>
      median(
        await repeat(context.runs, async () => {
          const ours = (await boot(OURS, context.guest)).seconds;
          return ours / (await qemuBootSeconds(machine(context, OURS), context.guest));
        }),
      ),
  },
  {
    id: `boot.${THEIRS}.vs-${OURS}`,
    what: `instructions of ${THEIRS}'s boot ÷ ${OURS}'s`,
    unit: "ratio",
    budget: 150,
    better: "higher",
    measure: async ({ guest }) =>
      (await boot(THEIRS, guest)).instructions / (await boot(OURS, guest)).instructions,
  },
  {
    id: `restore.${OURS}.vs-qemu-tcg`,
    what: "seconds from the stored snapshot to an answered command ÷ that QEMU's cold boot",
    unit: "ratio",
    budget: 0.25,
    better: "lower",
    measure: async (context) =>
      median(
        await repeat(context.runs, async () => {
          const ours = await restoreSeconds(OURS, context.guest);
          return ours / (await qemuBootSeconds(machine(context, OURS), context.guest));
        }),
      ),
  },
  {
    id: `bytes.${OURS}.boot`,
    what: "engine and decoder (WebAssembly, and JavaScript gzip-compressed), firmware, kernel, file system",
    unit: "bytes",
    budget: 3.6e6,
    better: "lower",
    measure: async (context) => {
      const files = Object.values(machine(context, OURS).files);
      const parts = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
      return parts + (await engineBytes(context));
    },
  },
  {
    id: `bytes.${OURS}.restore`,
    what: "engine and decoder, the same way, and snapshot",
    unit: "bytes",
    budget: 3.5e6,
    better: "lower",
    measure: async (context) => {
      const { files, snapshot } = machine(context, OURS);
      if (!snapshot) throw new Error(`${OURS} has no snapshot: run "npm run guest"`);
      const index = "share" in files ? (files.share?.size ?? 0) : 0;
      return snapshot.state.size + index + (await engineBytes(context));
    },
  },
  {
    id: "start.crun.instructions",
    what: "crun run of a static program, second run",
    unit: "instructions",
    budget: 12e6,
    better: "lower",
    measure: ({ guest }) =>
      withMachine(OURS, guest, async (port, run) => {
        for (const command of BUNDLE) await run(command);
        const start = async () => {
          const output = await run("crun run c1");
          if (output !== "hello") throw new Error(`crun printed: ${output}`);
        };
        await start();
        return instructionsOf(port, start);
      }),
  },
  {
    id: "start.clone.instructions",
    what: "one container by clone with pid, uts, ipc and mnt namespaces",
    unit: "instructions",
    budget: 0.8e6,
    better: "lower",
    measure: ({ guest }) =>
      withAgent(guest, async (port, agent) => {
        // The first request starts the agent itself.
        await agent.spawn(1, CONTAINER);
        return instructionsOf(port, () => agent.spawn(1, CONTAINER));
      }),
  },
  {
    id: "density.bytes-per-container",
    what: `MemAvailable before − after ${MANY} such containers, ÷ ${MANY}`,
    unit: "bytes",
    budget: 54e3,
    better: "lower",
    measure: ({ guest }) =>
      withAgent(guest, async (_, agent) => {
        const available = async () => (await agent.ask("memory")).value.MemAvailable ?? 0;
        await agent.spawn(1, CONTAINER);
        await agent.killAll();
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const before = await available();
        await agent.spawn(MANY, CONTAINER);
        return (before - (await available())) / MANY;
      }),
  },
  {
    id: "density.1000.instructions",
    what: `instructions for all ${MANY}`,
    unit: "instructions",
    budget: 700e6,
    better: "lower",
    measure: ({ guest }) =>
      withAgent(guest, async (port, agent) => {
        await agent.ask("memory");
        return instructionsOf(port, () => agent.spawn(MANY, CONTAINER));
      }),
  },
  {
    id: "probes.overhead.on",
    what: "instructions per second of CPU time, all probes watching ÷ nobody watches",
    unit: "ratio",
    budget: 0.95,
    better: "higher",
    measure: ({ guest, runs }) => probeRatio(OURS, guest, "watching", runs),
  },
  {
    id: "probes.overhead.off",
    what: "the same, nobody watches ÷ a machine without probes",
    unit: "ratio",
    budget: 0.99,
    better: "higher",
    measure: ({ guest, runs }) => probeRatio(OURS, guest, "waiting", runs),
  },
  ...engineRows,
  ...pageRows,
];

async function engineBytes({ manifest }: BenchContext): Promise<number> {
  const scripts = ["v86/build/libv86.mjs", "zstddec/dist/zstddec-stream.mjs"];
  const sizes = scripts.map(async (path) => {
    const script = await readFile(join(ROOT, "node_modules", path));
    return gzipSync(script).length;
  });
  return manifest.engine.wasm.size + (await Promise.all(sizes)).reduce((sum, size) => sum + size);
}

function machine({ manifest }: BenchContext, id: string): GuestMachine {
  const found = manifest.machines[id];
  if (!found) throw new Error(`the manifest has no machine "${id}": run "npm run guest"`);
  return found;
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let run = 0; run < times; run++) values.push(await measure());
  return values;
}

function withAgent<T>(
  guest: string,
  work: (port: MachinePort, agent: AgentChannel) => Promise<T>,
): Promise<T> {
  return withMachine(OURS, guest, (port) => {
    const agent = new AgentChannel(port);
    return work(port, agent).finally(() => agent.dispose());
  });
}
