import { describe, expect, it } from "vitest";
import { mapLimited } from "../../tools/lib/pool.ts";

describe("mapLimited", () => {
  it("keeps the order, and never more units at work than allowed", async () => {
    let units = 0;
    let most = 0;
    const results = await mapLimited(
      [1, 2, 1, 3, 1],
      2,
      (n) => n,
      async (n) => {
        units += Math.min(n, 2);
        most = Math.max(most, units);
        await new Promise((resolve) => setImmediate(resolve));
        units -= Math.min(n, 2);
        return n * 10;
      },
    );
    expect(results).toEqual([10, 20, 10, 30, 10]);
    expect(most).toBe(2);
  });
});
