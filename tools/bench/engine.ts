import { stat } from "node:fs/promises";
import { join } from "node:path";
import { benchRoles } from "../../src/book/machines.ts";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { filesApart } from "../lib/apart.ts";
import type { BenchRow } from "./bench.ts";
import { instructionsOf, withMachine } from "./machines.ts";

/** The machine that has a container engine. */
const { engine: ENGINE } = benchRoles();
/** What the first container says, and how it is started. */
const SAID = "hi";
const FIRST = `docker run --rm busybox echo ${SAID}`;
/** Docker's commands take seconds, and the computer may be busy. */
const OPTIONS = { typingMs: 0, limitSeconds: 240 };

/** What the engine in the machine costs, in bytes and guest instructions. */
export const engineRows: BenchRow[] = [
  {
    id: `${ENGINE}.bytes`,
    what: `emulator, snapshot, index, and the pieces read until the first container says "${SAID}", as served`,
    unit: "bytes",
    budget: 25e6,
    better: "lower",
    measure: ({ guest }) => bytesUntilSaid(guest),
  },
  {
    id: `${ENGINE}.run.first.instructions`,
    what: `restored snapshot, "${FIRST}" on the default bridge, from Enter to "${SAID}"`,
    unit: "instructions",
    budget: 125e6,
    better: "lower",
    measure: ({ guest }) =>
      withMachine(ENGINE, guest, async (port) => {
        const before = (await port.measure()).instructions;
        return (await untilSaid(port)) - before;
      }),
  },
  {
    id: `${ENGINE}.run.instructions`,
    what: "the same until the prompt",
    unit: "instructions",
    budget: 190e6,
    better: "lower",
    measure: ({ guest }) =>
      withMachine(ENGINE, guest, (port, run) =>
        instructionsOf(port, () => printing(run, FIRST, SAID)),
      ),
  },
  {
    id: `${ENGINE}.exec.instructions`,
    what: "docker exec of true, second run",
    unit: "instructions",
    budget: 75e6,
    better: "lower",
    measure: ({ guest }) =>
      withMachine(ENGINE, guest, async (port, run) => {
        await run("docker run -d --name box busybox sleep 1d");
        await run("docker exec box true");
        return instructionsOf(port, () => printing(run, "docker exec box true; echo $?", "0"));
      }),
  },
  {
    id: `${ENGINE}.edition`,
    what: "bytes that the machine adds to a book kept for reading without a network",
    unit: "bytes",
    budget: 90e6,
    better: "lower",
    measure: async ({ guest }) => {
      const paths = (await filesApart(guest, [ENGINE])).get(ENGINE) ?? new Set();
      const sizes = [...paths].map(async (path) => (await stat(join(guest, path))).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
  },
];

/** Runs a command. @throws Error when it prints something else */
async function printing(
  run: (command: string) => Promise<string>,
  command: string,
  expected: string,
): Promise<void> {
  const output = await run(command);
  if (output !== expected) throw new Error(`"${command}" printed: ${output}`);
}

/** Starts the first container. @returns the machine's instructions when it has said its word */
async function untilSaid(port: MachinePort): Promise<number> {
  let said: Promise<number> | undefined;
  let printed = "";
  const stop = port.subscribe((event) => {
    if (said || event.type !== "output" || event.terminal !== 0) return;
    printed += new TextDecoder().decode(event.data);
    // The first time, it is the command's own last word.
    if (printed.split(`${SAID}\r\n`).length > 2)
      said = port.measure().then(({ instructions }) => instructions);
  });
  try {
    const { output } = await new Shell(port, 0).run(FIRST, OPTIONS);
    if (!said) throw new Error(`the first container said: ${output}`);
    return await said;
  } finally {
    stop();
  }
}

async function bytesUntilSaid(guest: string): Promise<number> {
  const opened = new Set<string>();
  const machine = nodeMachine(ENGINE, guest, {}, (path) => opened.add(path));
  try {
    await bringUp(machine);
    await untilSaid(machine);
    opened.delete("manifest.json");
    const sizes = [...opened].map(async (path) => (await stat(join(guest, path))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  } finally {
    machine.destroy();
  }
}
