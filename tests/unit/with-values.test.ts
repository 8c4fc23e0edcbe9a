import { describe, expect, it } from "vitest";
import { withValues } from "../../src/components/lab/with-values.ts";

describe("a finding with its values", () => {
  it.each([
    ["a.pid < ab.pid", { "a.pid": "1", "ab.pid": "22" }, "1 < 22"],
    ["a.pid == a.pidOf", { "a.pid": "1", "a.pidOf": "2" }, "1 == 2"],
    ["a.n == b.n", { "a.n": "9223372036854775806" }, "9223372036854775806 == b.n"],
    // A value is what a program printed: it may be anything.
    ["a.say == b.say", { "a.say": "b.say", "b.say": "x" }, "b.say == x"],
    ["a.say != b.say", { "a.say": "$& $1 $$", "b.say": "x" }, "$& $1 $$ != x"],
    ['a.name == "b.say"', { "a.name": "b.say", "b.say": "x" }, 'b.say == "b.say"'],
  ])("%s", (that, values, expected) => {
    expect(withValues({ that, values: values as Record<string, string> })).toBe(expected);
  });
});
