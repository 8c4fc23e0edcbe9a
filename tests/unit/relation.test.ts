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
    ["inside.missing == 1", false],
    ["inside.missing != 1", false],
  ])("%s is %s", (text, expected) => {
    expect(holds(relation(text), captures)).toBe(expected);
  });

  it.each(["inside.pid", "inside.pid = 1", "== 1", "pid == 1", "a.b == c.d == e.f", ""])(
    "refuses %j",
    (text) => {
      expect(parseRelation(text)).toHaveProperty("error");
    },
  );
});
