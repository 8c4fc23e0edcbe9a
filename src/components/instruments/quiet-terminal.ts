import { QUIET_TERMINAL } from "../../lab/instruments/instrument.ts";
import { type Borrower, deskOf, type Lease } from "../../lab/lease.ts";
import type { Shell } from "../../lab/shell.ts";
import type { PageMachine } from "../lab/page-machine.ts";

/** Seconds that a command of an instrument may take. */
const LIMIT_SECONDS = 120;

/**
 * Has the machine to itself, after the instruments that asked for it before; it is given back when
 * `work` has ended or `signal` says so.
 * @param clean  whether it is taken back to its checkpoint if it bears anyone's traces
 * @throws LabError `occupied` by a run, and what `work` throws
 */
export async function borrowed<T>(
  machine: PageMachine,
  who: Borrower,
  work: (lease: Lease) => Promise<T>,
  signal?: AbortSignal,
  clean = false,
): Promise<T> {
  const lease = await deskOf(machine.port).borrow(who, { wait: true, signal, clean });
  try {
    return await work(lease);
  } finally {
    lease.release();
  }
}

/** The same, with a shell where nobody sees it. */
export function quietly<T>(
  machine: PageMachine,
  who: Borrower,
  work: (shell: Shell, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
  clean = false,
): Promise<T> {
  return borrowed(
    machine,
    who,
    async (lease) => work(await freed(lease.shell(QUIET_TERMINAL), lease.signal), lease.signal),
    signal,
    clean,
  );
}

/**
 * Looks at the machine with that shell, in a way that leaves no traces.
 * @returns undefined while somebody has the machine
 */
export function looking<T>(
  machine: PageMachine,
  work: (shell: Shell, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const shell = machine.shell(QUIET_TERMINAL);
  return deskOf(machine.port).look(async (signal) => work(await freed(shell, signal), signal));
}

/** The page's own terminal, without what somebody who was stopped has left running there. */
async function freed(shell: Shell, signal: AbortSignal): Promise<Shell> {
  await shell.free(signal);
  return shell;
}

/** Types commands into a shell one after another; each gives what it printed. @throws LabError */
export function typing(shell: Shell, signal: AbortSignal): (command: string) => Promise<string> {
  const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS, signal };
  return async (command) => (await shell.run(command, options)).output;
}

/**
 * Runs one command there.
 * @returns what it printed
 * @throws LabError as {@link borrowed} and `Shell.run`
 */
export function runQuietly(
  machine: PageMachine,
  who: Borrower,
  command: string,
  signal?: AbortSignal,
): Promise<string> {
  return quietly(machine, who, (shell, signal) => typing(shell, signal)(command), signal);
}
