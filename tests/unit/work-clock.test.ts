import { describe, expect, it } from "vitest";
import { type Work, workClock } from "../../src/machine/work-clock.ts";

/** The clock that the engine is given, over a computer's clock and a processor that are set by hand. */
function clock() {
  const at: { time: number; work: Work | undefined } = { time: 1000, work: undefined };
  const env: Record<string, (...values: number[]) => number> = {
    microtick: () => at.time,
    run_hardware_timers: (_, now = Number.NaN) => now,
  };
  workClock({ env }, () => at.work);
  const timers = env.run_hardware_timers as (acpi: number, now: number) => number;
  return { at, timers, read: env.microtick as () => number };
}

describe("a clock that follows the work", () => {
  it("goes by what is executed, whatever time that takes", () => {
    const { at, read } = clock();
    at.work = { counter: 0, idle: false };
    const begin = read();
    at.time += 10_000;
    at.work = { counter: 500_000, idle: false };
    expect(read() - begin).toBeCloseTo(10, 6);
  });

  it("goes as the computer's while the guest waits for time to pass", () => {
    const { at, read } = clock();
    at.work = { counter: 7, idle: true };
    const begin = read();
    at.time += 25;
    expect(read() - begin).toBeCloseTo(25, 6);
  });

  it("counts on when the counter begins anew", () => {
    const { at, read } = clock();
    at.work = { counter: 2 ** 32 - 50_000, idle: false };
    const begin = read();
    at.work = { counter: 50_000, idle: false };
    expect(read() - begin).toBeCloseTo(2, 6);
  });

  it("leaves the devices' timers with the computer's", () => {
    const { at, timers, read } = clock();
    at.work = { counter: 0, idle: false };
    at.time += 10_000;
    expect(timers(0, read())).toBe(at.time);
  });

  it("never says the same twice", () => {
    const { read } = clock();
    const said = Array.from({ length: 100 }, () => Math.trunc(read() * 1e6));
    expect(new Set(said).size).toBe(said.length);
  });

  it("says so when the engine no longer asks it", () => {
    expect(() => workClock({ env: {} }, () => undefined)).toThrow("microtick");
  });
});
