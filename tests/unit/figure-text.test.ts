import { describe, expect, it } from "vitest";
import { figureText } from "../../src/components/book/figure-text.ts";
import { figureOf } from "../../src/lab/relation.ts";

describe("figures in prose", () => {
  it("are written as each language does", () => {
    expect(figureText("15595596", "number", "en")).toBe("15.6 million");
    expect(figureText("15595596", "number", "zh")).toBe("1560万");
    expect(figureText("408.35", "times", "en")).toBe("410");
    expect(figureText("44077", "bytes", "en")).toBe("44.1 kB");
    expect(figureText("0.1893", "percent", "en")).toBe("19%");
    expect(figureText("abc", "number", "en")).toBe("abc");
  });

  it("are computed from captures, or say which there are", () => {
    const captures = { "boot.instructions": "15000000", "start.instructions": "5000000" };
    expect(figureOf("boot.instructions / start.instructions", captures)).toBe("3");
    expect(() => figureOf("boot.seconds", captures)).toThrow(/boot\.instructions/);
  });
});
