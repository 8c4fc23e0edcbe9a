import { describe, expect, it } from "vitest";
import {
  addedSince,
  perSecond,
  ratesOf,
  type TrapSample,
  TrapSampler,
} from "../../src/lab/instruments/trap-counter.ts";
import type { Reading } from "../../src/machine/protocol.ts";

const serial = (reads: number, writes: number) => ({ device: "serial" as const, reads, writes });
const timer = (writes: number) => ({ device: "timer" as const, reads: 0, writes });
const sample = (at: number, writes: number): TrapSample => ({ at, traps: [timer(writes)] });
const reading = (seconds: number, writes: number): Reading => ({
  instructions: 0,
  seconds,
  cpu: { kernelMs: 0, userMs: 0, haltedMs: 0, kernelInstructions: 0, userInstructions: 0 },
  traps: [timer(writes)],
  translations: { modules: 0, bytes: 0 },
  milestones: [],
});

describe("accesses to devices", () => {
  it("are told by what was added, the most first", () => {
    const added = addedSince([timer(10)], [timer(12), serial(1, 9)]);
    expect(added).toEqual([serial(1, 9), timer(2)]);
    expect(addedSince([timer(10)], [timer(10)])).toEqual([]);
  });

  it("have rates between neighbours, none where no time has passed", () => {
    const samples = [sample(0, 0), sample(1, 10), sample(1, 10), sample(1.5, 20)];
    expect(ratesOf(samples)).toEqual([
      { at: 1, perSecond: 10 },
      { at: 1.5, perSecond: 20 },
    ]);
    expect(ratesOf(samples, "serial").map((rate) => rate.perSecond)).toEqual([0, 0]);
  });

  it("have a rate of the last second, or of what there is", () => {
    expect(perSecond([])).toBe(0);
    expect(perSecond([sample(0, 5)])).toBe(0);
    expect(perSecond([sample(0, 0), sample(0.5, 10)])).toBe(20);
    expect(perSecond([sample(0, 0), sample(1, 100), sample(2, 105)])).toBe(5);
  });
});

describe("the sampler", () => {
  it("counts from its first reading, and anew for another machine", () => {
    const sampler = new TrapSampler();
    expect(sampler.push(reading(10, 5))).toEqual({ sample: sample(0, 5), anew: true });
    expect(sampler.push(reading(12, 6))).toEqual({ sample: sample(2, 6), anew: false });
    expect(sampler.push(reading(1, 0))).toEqual({ sample: sample(0, 0), anew: true });
    expect(sampler.push(reading(1.5, 3))).toEqual({ sample: sample(0.5, 3), anew: false });
  });
});
