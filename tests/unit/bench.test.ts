import { describe, expect, it } from "vitest";
import { type BenchContext, type BenchRow, measureRow, median } from "../../tools/bench/bench.ts";
import { rows } from "../../tools/bench/rows.ts";

const context = {} as BenchContext;
const row = (better: BenchRow["better"], value: number): BenchRow => ({
  id: "boot.linux.instructions",
  what: "",
  unit: "instructions",
  budget: 100,
  better,
  measure: async () => value,
});

describe("the bench", () => {
  it.each([
    ["lower", 100, true],
    ["lower", 101, false],
    ["higher", 100, true],
    ["higher", 99, false],
  ] as const)("%s is better: %i against 100 is %s", async (better, value, ok) => {
    expect(await measureRow(row(better, value), context)).toEqual({
      id: "boot.linux.instructions",
      value,
      unit: "instructions",
      budget: 100,
      better,
      ok,
    });
  });

  it("takes the middle value", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 3, 2, 1])).toBe(2);
    expect(() => median([])).toThrow(RangeError);
  });

  it("has one row per id", () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });
});
