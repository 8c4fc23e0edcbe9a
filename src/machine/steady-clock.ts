/** Milliseconds: two steps of v86's time stamp counter, which counts nanoseconds; one may be lost in rounding. */
const STEP_MS = 2e-6;

/**
 * Lets the engine's clock never say the same twice. A browser's clock advances in steps of up to a
 * tenth of a millisecond; v86 guesses between them from the shortest step it has seen, and in a new
 * machine the first "step" is the whole age of the page. A reading repeated in that moment moves the
 * guest's clock ahead by as much: a restored machine then said that it had been running since the page
 * was opened.
 */
export function steadyClock(imports: WebAssembly.Imports): void {
  const env = imports.env as Record<string, () => number>;
  const { microtick } = env;
  if (!microtick) throw new Error("v86 no longer imports microtick");
  let last = 0;
  env.microtick = () => {
    last = Math.max(microtick(), last + STEP_MS);
    return last;
  };
}
