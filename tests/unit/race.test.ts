import { describe, expect, it } from "vitest";
import { realHardware } from "../../src/book/real-hardware.ts";
import { references } from "../../src/book/references.ts";
import {
  raceRows,
  raceTable,
  ratioText,
  ratioTexts,
} from "../../src/components/instruments/race-rows.ts";
import en from "../../src/content/i18n/en.json" with { type: "json" };
import zh from "../../src/content/i18n/zh-CN.json" with { type: "json" };
import recording from "../../src/content/instruments/race.json" with { type: "json" };
import { contestants, race } from "../../src/lab/instruments/race.ts";
import { ratioOf } from "../../src/lab/instruments/ratio.ts";

describe("a ratio", () => {
  it.each([
    [400, 1, { kind: "times", n: 400 }],
    [6_345_843_350, 15_707_544, { kind: "times", n: 400 }],
    [1.2, 1, { kind: "times", n: 1.2 }],
    [1.04, 1, { kind: "same" }],
    [0.97, 1, { kind: "same" }],
    [0.8, 1, { kind: "share", share: 0.8 }],
    [5.33, 15.7, { kind: "part", n: 3 }],
    [0.4, 1, { kind: "share", share: 0.4 }],
    [1, 64.4, { kind: "part", n: 64 }],
    [1, 115.7, { kind: "part", n: 120 }],
  ])("of %f to %f", (value, base, expected) => {
    expect(ratioOf(value, base)).toEqual(expected);
  });

  it.each([
    [0, 1],
    [1, 0],
    [Number.NaN, 1],
    [1, Number.NaN],
  ])("of %f to %f is none", (value, base) => {
    expect(ratioOf(value, base)).toBeUndefined();
  });

  it.each([
    [5.33, "C: about 1/3 of them", "C：约为它的1/3"],
    [6.6, "C: about 42% of them", "C：约为它的42%"],
    [15.9, "C: about as many", "C：大致相同"],
    [6345, "C: about 400 times as many", "C：约为它的400倍"],
  ])("is said in both languages: %f", (value, english, chinese) => {
    expect(ratioText("C", value, 15.7, en)).toBe(english);
    expect(ratioText("C", value, 15.7, zh)).toBe(chinese);
  });
});

describe.each([
  ["en", en],
  ["zh", zh],
] as const)("the race's rows (%s)", (_, strings) => {
  const recorded = race.schema.parse(recording.data);

  it("compare everything with one boot, but not what still runs", () => {
    const rows = raceRows(recorded, {}, undefined, strings);
    expect(ratioTexts(rows, strings)).toHaveLength(contestants.length - 1);
    const grown = { instructions: 5, seconds: 1 };
    const going = raceRows(recorded, {}, { id: "clone", grown }, strings);
    expect(ratioTexts(going, strings)).toHaveLength(contestants.length - 2);
    const base = raceRows(recorded, {}, { id: "cold", grown }, strings);
    expect(ratioTexts(base, strings)).toEqual([]);
  });

  it("keep the reader's own beside the recorded ones", () => {
    const cost = { instructions: 123, seconds: 4 };
    const rows = raceRows(recorded, { clone: cost }, undefined, strings);
    expect(raceTable(rows, strings).rows).toHaveLength(contestants.length + 1);
    const running = raceRows(recorded, {}, { id: "clone", grown: cost }, strings);
    expect(raceTable(running, strings).rows).toHaveLength(contestants.length);
  });
});

describe("the figures of real hardware", () => {
  it("come from whom they say, the longest first", () => {
    expect(
      realHardware.map(({ id, source }) => `${id} ${references.get(source)?.custom.standing}`),
    ).toEqual(["firecracker vendor", "lightvm reviewed", "fork-exec reviewed"]);
    const times = realHardware.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });
});
