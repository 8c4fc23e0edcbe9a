/** What a processor has done. */
export interface Work {
  /** Instructions retired, in 32 bits. */
  counter: number;
  /** Whether it waits for time to pass. */
  idle: boolean;
}

/** Instructions in a millisecond of such a clock: what the emulator does on a computer that is not busy. */
const INSTRUCTIONS_PER_MS = 50_000;
/** The clock never stands still: two steps of v86's time stamp counter, as in `steady-clock.ts`. */
const STEP_MS = 2e-6;

type Import = (...values: number[]) => number;

/**
 * Lets the time stamp counter, by which a guest tells the time, follow what the guest executes: on a computer that is busy with something
 * else a guest is slow, but by its own clock it is not, so that no program in it gives up waiting for
 * another. While it waits for time to pass the clock goes as the computer's does. The devices' timers
 * keep the computer's clock; a guest that is woken by one too early waits again.
 * @param work  what the processor has done; undefined while there is none
 */
export function workClock(imports: WebAssembly.Imports, work: () => Work | undefined): void {
  const env = imports.env as Record<string, Import>;
  const { microtick, run_hardware_timers: runTimers } = env;
  if (!microtick || !runTimers)
    throw new Error("v86 no longer imports microtick and run_hardware_timers");
  // The devices note when they were set by the computer's clock.
  env.run_hardware_timers = (acpi = 0) => runTimers(acpi, microtick());
  let time = microtick();
  let real = time;
  let counter: number | undefined;
  env.microtick = () => {
    const now = microtick();
    const done = work();
    const executed = done && counter !== undefined ? (done.counter - counter) >>> 0 : 0;
    const waited = done?.idle ? now - real : 0;
    time += Math.max(STEP_MS, executed / INSTRUCTIONS_PER_MS + waited);
    real = now;
    counter = done?.counter;
    return time;
  };
}
