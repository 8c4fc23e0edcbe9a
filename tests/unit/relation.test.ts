import { describe, expect, it } from "vitest";
import { figureOf, holds, parseRelation, type Relation } from "../../src/lab/relation.ts";

const captures = {
  "inside.pid": "1",
  "outside.pid": "87",
  "inside.name": "a",
  "outside.name": "b",
  "small.number": "30000000",
  "large.number": "60000000000000",
  "awk.number": "3e+07",
  "awk.tiny": "5E-7",
  "bc.half": ".5",
  "first.inode": "9223372036854775806",
  "next.inode": "9223372036854775807",
  "flood.number": "1e999999999",
  "flood.digits": "9".repeat(1_000_000),
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
    ["3e7 / 6e13 < 0.001", true],
    ["3e7 / 6e13 == 5e-7", true],
    ["small.number / large.number < 0.001", true],
    ["awk.number == small.number", true],
    ["awk.tiny == small.number / large.number", true],
    ["awk.number * 2 > 5e7", true],
    ["bc.half * 2 == 1", true],
    ["2e3 kB == 2 MB", true],
    ["first.inode == next.inode", false],
    ["first.inode < next.inode", true],
    ["next.inode - first.inode == 1", true],
    ["next.inode == 9223372036854775807", true],
    ["0.1 + 0.2 == 0.3", true],
    ["inside.pid / 3 * 3 == 1", true],
    ["flood.number > 1", true],
    ["flood.number + 1 > 1", false],
    ["flood.digits + 1 > 1", false],
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
    "a.b < 1e999999999",
  ])("refuses %j", (text) => {
    expect(parseRelation(text)).toHaveProperty("error", expect.stringContaining("relation is"));
  });

  it.each([
    ["outside.pid / inside.pid", "87"],
    ["next.inode - inside.pid", "9223372036854775806"],
    ["small.number / large.number", "5e-7"],
    ["inside.pid / 3", String(1 / 3)],
    ["inside.name", "a"],
  ])("writes %s as %s", (text, expected) => {
    expect(figureOf(text, captures)).toBe(expected);
  });
});
