import type { PageMachine } from "../lab/page-machine.ts";

/** A terminal that no experiment shows: what instruments type is not the reader's business. */
const QUIET_TERMINAL = 2;
/** Seconds that a command of an instrument may take. */
const LIMIT_SECONDS = 120;

const queues = new WeakMap<PageMachine, Promise<unknown>>();

/**
 * Runs a command where nobody sees it, after those that other instruments asked for before.
 * @returns what it printed
 * @throws LabError as `Shell.run`
 */
export function runQuietly(machine: PageMachine, command: string): Promise<string> {
  const before = queues.get(machine) ?? Promise.resolve();
  const run = before
    .catch(() => {})
    .then(() =>
      machine
        .shell(QUIET_TERMINAL)
        .run(command, { typingMs: 0, limitSeconds: LIMIT_SECONDS })
        .then(({ output }) => output),
    );
  queues.set(machine, run);
  return run;
}
