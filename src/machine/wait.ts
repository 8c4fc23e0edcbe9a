import type { MachinePort, MachineStatus } from "./protocol.ts";

/** How often a wait looks at its clock, and at what no event tells. */
export const TICK_MS = 100;
/** More than this between two ticks is not running time: the tab was hidden, or the computer slept. */
const LONGEST_GAP_MS = 10 * TICK_MS;

/** States in which a machine's own time stands still, or has not begun. */
const STANDING: ReadonlySet<MachineStatus["state"]> = new Set([
  "paused",
  "downloading",
  "building",
]);

/** Seconds that a machine has run while somebody waited: pauses, downloads and sleeps do not count. */
export class RunningClock {
  #milliseconds = 0;
  #last = performance.now();
  readonly #machine: Pick<MachinePort, "status">;

  constructor(machine: Pick<MachinePort, "status">) {
    this.#machine = machine;
  }

  /** Takes what has passed since the last look, and says how much has been counted in all. */
  look(): number {
    const now = performance.now();
    const gap = Math.min(now - this.#last, LONGEST_GAP_MS);
    if (!STANDING.has(this.#machine.status.state)) this.#milliseconds += gap;
    this.#last = now;
    return this.#milliseconds / 1000;
  }
}

/** Why a wait came to nothing: its time was up, or nobody wants the answer any more. */
export class WaitError extends Error {
  override readonly name = "WaitError";
  readonly reason: "late" | "stopped";

  constructor(reason: WaitError["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

export interface WaitOptions {
  /** Ends the wait at once. */
  signal?: AbortSignal | undefined;
  /** Running time that it may take; without it, as long as it takes. */
  seconds?: number | undefined;
  /** Called at every tick; what it throws ends the wait. */
  tick?: (() => void) | undefined;
}

/**
 * Waits for something that a machine's events bring about. Every event and every tick asks `check`.
 * @param check  gives what is waited for once it is there; what it throws ends the wait
 * @throws WaitError `late` or `stopped`
 */
export function waitFor<T>(
  machine: Pick<MachinePort, "status" | "subscribe">,
  check: () => T | undefined,
  { signal, seconds = Number.POSITIVE_INFINITY, tick }: WaitOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const clock = new RunningClock(machine);
    let ended = false;
    const end = (settle: () => void) => {
      ended = true;
      clearInterval(timer);
      unsubscribe();
      signal?.removeEventListener("abort", stop);
      settle();
    };
    const stop = () => ended || end(() => reject(new WaitError("stopped")));
    const look = (more?: () => void) => {
      if (ended) return;
      try {
        const value = check();
        if (value !== undefined) end(() => resolve(value));
        else more?.();
      } catch (thrown) {
        end(() => reject(thrown));
      }
    };
    const onTick = () => {
      tick?.();
      if (clock.look() > seconds) throw new WaitError("late");
    };
    const timer = setInterval(() => look(onTick), TICK_MS);
    const unsubscribe = machine.subscribe(() => look());
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    else look();
  });
}
