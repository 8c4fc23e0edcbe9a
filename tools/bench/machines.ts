import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { BootFigures, MachineOptions, MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 120 };

/** Starts a machine, hands it to `work` with the shell of its first terminal, and ends it. */
export async function withMachine<T>(
  id: string,
  guest: string,
  work: (machine: MachinePort, run: (command: string) => Promise<string>) => Promise<T>,
  options?: MachineOptions,
): Promise<T> {
  const machine = nodeMachine(id, guest, options);
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
  const figures = async ({ status }: MachinePort) => {
    if (status.state !== "ready") throw new Error(`${id} is ${status.state}, not ready`);
    return status.boot;
  };
  return withMachine(id, guest, figures, { cold: true });
}

/**
 * Seconds from a stored snapshot to the answer of a command typed at its prompt. The machine has its
 * files already, verified and decoded, and nothing else is running: as with a boot's figures, neither
 * downloads count nor the end of the machine that ran before.
 */
export function restoreSeconds(id: string, guest: string): Promise<number> {
  return withMachine(id, guest, async (machine, run) => {
    let start = Number.NaN;
    const restored = new Promise<void>((resolve) => {
      const stop = machine.subscribe((event) => {
        if (event.type !== "status") return;
        if (event.status.state === "booting") start = performance.now();
        if (event.status.state !== "ready") return;
        stop();
        resolve();
      });
    });
    machine.restore();
    await restored;
    const answer = await run("echo $((6 * 7))");
    if (answer !== "42") throw new Error(`the restored ${id} answered: ${answer}`);
    return (performance.now() - start) / 1000;
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
