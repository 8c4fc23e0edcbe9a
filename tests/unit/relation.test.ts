import { describe, expect, it } from "vitest";
import { holds, parseRelation, type Relation } from "../../src/lab/relation.ts";

const captures = {
  "inside.pid": "1",
  "outside.pid": "87",
  "inside.name": "a",
  "outside.name": "b",
};
const relation = (text: string) => parseRelation(text) as Relation;

describe("relations between captures", () => {
  it.each([
    ["inside.pid == 1", true],
    ["inside.pid == outside.pid", false],
    ["inside.pid != outside.pid", true],
    ["inside.pid < outside.pid", true],
    ["outside.pid >= 100", false],
    ["outside.pid <= 87", true],
    ["outside.pid > 9", true],
    ['inside.name == "a"', true],
    ["inside.name != outside.name", true],
    ["outside.pid - inside.pid == 86", true],
    ["outside.pid - inside.pid * 2 == 85", true],
    ["(outside.pid - inside.pid) * 2 == 172", true],
    ["outside.pid - 7 - 30 == 50", true],
    ["outside.pid / inside.pid < 100", true],
    ["outside.pid / (inside.pid - 1) > 0", false],
    ["outside.pid * 1 kB < 1 MB", true],
    ["outside.pid * 1 KiB == 89088", true],
    ["1.5 million > outside.pid", true],
    ["-1 < inside.pid", true],
    ["inside.name + 1 == 2", false],
    ["inside.missing == 1", false],
    ["inside.missing != 1", false],
  ])("%s is %s", (text, expected) => {
    expect(holds(relation(text), captures)).toBe(expected);
  });

  it.each([
    "inside.pid",
    "inside.pid = 1",
    "== 1",
    "pid == 1",
    "a.b == c.d == e.f",
    "",
    "a.b < 200 parsecs",
    "a.b + < 2",
    "(a.b < 2",
    "a.b < 2)",
    "a.b < 2 c.d",
  ])("refuses %j", (text) => {
    expect(parseRelation(text)).toHaveProperty("error", expect.stringContaining("relation is"));
  });
});
