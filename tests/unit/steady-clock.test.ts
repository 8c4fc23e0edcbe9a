import { describe, expect, it } from "vitest";
import { steadyClock } from "../../src/machine/steady-clock.ts";

/** The engine's view of a clock that is read, in whole nanoseconds. */
function readings(times: readonly number[]): number[] {
  const left = [...times];
  const env: Record<string, () => number> = { microtick: () => left.shift() ?? Number.NaN };
  steadyClock({ env });
  return times.map(() => Math.trunc((env.microtick as () => number)() * 1e6));
}

describe("the engine's clock", () => {
  it("never says the same twice, however coarse the browser's is", () => {
    const hour = 3_600_000.1;
    const said = readings([
      ...Array<number>(1000).fill(hour),
      ...Array<number>(10).fill(hour + 0.1),
    ]);
    expect(new Set(said).size).toBe(said.length);
    expect([...said].sort((a, b) => a - b)).toEqual(said);
    // And it is never ahead by more than a browser's step.
    expect((said.at(-1) ?? 0) / 1e6 - hour - 0.1).toBeLessThan(0.1);
  });

  it("is the browser's where that advances by itself", () => {
    expect(readings([1, 2, 3.5])).toEqual([1e6, 2e6, 3.5e6]);
  });

  it("says so when the engine no longer asks it", () => {
    expect(() => steadyClock({ env: {} })).toThrow("microtick");
  });
});
