import type { MachineErrorData } from "./errors.ts";
import type { MachinePort, MachineState, MachineStatus } from "./protocol.ts";
import { WaitError, waitFor } from "./wait.ts";

/** Why a machine did not come to the state that somebody waited for. */
export type ReachErrorData =
  /** It failed; `error` is its own. */
  | { code: "failed"; machine: string; error: MachineErrorData }
  /** Its kernel or its emulator ended; `lastLines` are the end of its console. */
  | { code: "crashed"; machine: string; cause: "panic" | "engine"; lastLines: string[] }
  /** It was switched off. */
  | { code: "off"; machine: string }
  /** It had this much running time and did not come. */
  | { code: "late"; machine: string; seconds: number }
  /** Whoever waited gave up. */
  | { code: "stopped"; machine: string };

/** A state that was not reached. Its message is English, for logs. */
export class ReachError extends Error {
  override readonly name = "ReachError";
  readonly data: ReachErrorData;

  constructor(data: ReachErrorData) {
    super(reachText(data));
    this.data = data;
  }
}

/** One line about it for logs and the command line, with the machine's own cause. */
export function reachText(data: ReachErrorData): string {
  switch (data.code) {
    case "failed":
      return `${data.machine} failed: ${data.error.code} ${JSON.stringify(data.error.params)}`;
    case "crashed":
      return `${data.machine} crashed (${data.cause}): ${data.lastLines.at(-1) ?? "its console is empty"}`;
    case "off":
      return `${data.machine} was switched off`;
    case "late":
      return `${data.machine} took longer than ${data.seconds} s`;
    case "stopped":
      return `${data.machine} is no longer waited for`;
  }
}

export interface ReachOptions {
  signal?: AbortSignal | undefined;
  /** Running time that it may take: neither pauses nor downloads count. */
  seconds?: number | undefined;
  /** Sets the machine on its way. Whatever it was before does not count then. */
  act?: (() => void) | undefined;
  /** Whether `act` switches it on anew: a prompt of the system before, told late, does not count. */
  afresh?: boolean | undefined;
}

type StatusOf<S extends MachineState> = Extract<MachineStatus, { state: S }>;

/**
 * Waits until a machine is in a state. With `act`, a state that it enters after that.
 * @throws ReachError when it fails, crashes or is switched off on the way, or does not come in time
 */
export async function reach<S extends MachineState>(
  machine: Pick<MachinePort, "id" | "status" | "subscribe">,
  state: S,
  { signal, seconds, act, afresh = false }: ReachOptions = {},
): Promise<StatusOf<S>> {
  const { id } = machine;
  /** What the machine has entered since; without `act` what it is in counts, too. */
  let entered: MachineStatus | undefined = act ? undefined : machine.status;
  let begun = !afresh;
  const unsubscribe = machine.subscribe((event) => {
    // One that fails before it begins has begun, too.
    begun ||= event.type === "power-on" || machine.status.state === "failed";
    if (begun && event.type === "status") entered = event.status;
  });
  try {
    // A machine that is off may answer at once, so listen before it is told.
    const coming = waitFor(machine, () => arrived(id, entered, state), { signal, seconds });
    act?.();
    return await coming;
  } catch (thrown) {
    if (!(thrown instanceof WaitError)) throw thrown;
    if (thrown.reason === "stopped") throw new ReachError({ code: "stopped", machine: id });
    throw new ReachError({ code: "late", machine: id, seconds: seconds ?? 0 });
  } finally {
    unsubscribe();
  }
}

function arrived<S extends MachineState>(
  machine: string,
  status: MachineStatus | undefined,
  wanted: S,
): StatusOf<S> | undefined {
  if (!status) return undefined;
  if (status.state === wanted) return status as StatusOf<S>;
  if (status.state === "failed")
    throw new ReachError({ code: "failed", machine, error: status.error });
  if (status.state === "crashed") {
    const { cause, lastLines } = status;
    throw new ReachError({ code: "crashed", machine, cause, lastLines });
  }
  if (status.state === "idle") throw new ReachError({ code: "off", machine });
  return undefined;
}

/**
 * Brings a machine to its prompt, from whatever state it is in; one that is paused goes on.
 * @throws ReachError
 */
export async function bringUp(
  machine: MachinePort,
  options: Omit<ReachOptions, "act"> = {},
): Promise<void> {
  const { state } = machine.status;
  if (state === "ready") return;
  const act = () => (state === "paused" ? machine.resume() : machine.start());
  await reach(machine, "ready", { ...options, act });
}
