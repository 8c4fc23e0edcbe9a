import { describe, expect, it } from "vitest";
import { mismatches } from "../../tools/check/claims.ts";

const said = { zh: "话", en: "words" };

describe("claims and experiments", () => {
  const claim = { order: 1, claim: said, verdict: "holds" as const, answer: said };
  it("must name each other, and only what there is", () => {
    const claims = new Map([["os", { ...claim, experiments: ["a", "gone"], sources: [] }]]);
    const experiments = new Map([
      ["a", { claims: [] }],
      ["b", { claims: ["os", "none"] }],
    ]);
    expect(mismatches(claims, experiments)).toEqual([
      expect.stringContaining('whose claims do not include "os"'),
      expect.stringContaining('"gone": there is no such experiment'),
      expect.stringContaining('list "b" in claims/os.yaml'),
      expect.stringContaining('"none": there is no such claim'),
    ]);
  });
});
