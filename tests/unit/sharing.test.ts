import { describe, expect, it } from "vitest";
import { shortened } from "../../tools/sharing/pictures.ts";

const LONG = "One two three four five six seven eight nine ten, ".repeat(5);

describe("a description in a picture for sharing", () => {
  it("stays as it is where there is room", () => {
    expect(shortened("Short. And a second one.")).toBe("Short. And a second one.");
    expect(shortened("短的。第二句。")).toBe("短的。第二句。");
  });

  it("loses whole sentences where there is none", () => {
    expect(shortened(`The first stays. ${LONG}.`)).toBe("The first stays.");
    expect(shortened(`第一句留下。${"很长的一句话，".repeat(20)}。`)).toBe("第一句留下。");
  });

  it("ends after a word where one sentence is too long", () => {
    expect(shortened(LONG)).toMatch(/^One two three .*[a-z,]…$/);
    expect(shortened(LONG).length).toBeLessThan(190);
    expect(shortened("很长的一句话，".repeat(30)).length).toBeLessThan(95);
  });
});
