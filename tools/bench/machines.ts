import { bringUp } from "../../src/lab/run.ts";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { BootFigures, MachinePort } from "../../src/machine/protocol.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 120 };

/** Boots a machine, hands it to `work` with the shell of its first terminal, and ends it. */
export async function withMachine<T>(
  id: string,
  guest: string,
  work: (machine: MachinePort, run: (command: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const machine = nodeMachine(id, guest);
  const shell = new Shell(machine, 0);
  try {
    await bringUp(machine);
    return await work(machine, async (command) => (await shell.run(command, OPTIONS)).output);
  } finally {
    machine.destroy();
  }
}

/** What one cold boot takes, from reset to the prompt. */
export function boot(id: string, guest: string): Promise<BootFigures> {
  return withMachine(id, guest, async ({ status }) => {
    if (status.state !== "ready") throw new Error(`${id} is ${status.state}, not ready`);
    return status.boot;
  });
}

/** Guest instructions that something takes, from outside the guest. */
export async function instructionsOf(
  machine: MachinePort,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = (await machine.measure()).instructions;
  await work();
  return (await machine.measure()).instructions - before;
}
