import { QUIET_TERMINAL } from "../../lab/instruments/instrument.ts";
import type { Shell } from "../../lab/shell.ts";
import type { PageMachine } from "../lab/page-machine.ts";

/** Seconds that a command of an instrument may take. */
const LIMIT_SECONDS = 120;

const queues = new WeakMap<PageMachine, Promise<unknown>>();

/** Has a shell where nobody sees it to itself, after the instruments that asked for it before. */
export function quietly<T>(machine: PageMachine, work: (shell: Shell) => Promise<T>): Promise<T> {
  const before = queues.get(machine) ?? Promise.resolve();
  const turn = before.catch(() => {}).then(() => work(machine.shell(QUIET_TERMINAL)));
  queues.set(machine, turn);
  return turn;
}

/**
 * Runs one command there.
 * @returns what it printed
 * @throws LabError as `Shell.run`
 */
export function runQuietly(machine: PageMachine, command: string): Promise<string> {
  const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS };
  return quietly(machine, async (shell) => (await shell.run(command, options)).output);
}
