import { describe, expect, it } from "vitest";
import { castText, parseCast } from "../../src/lab/cast.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { procedureHash, staleness, type Transcript } from "../../src/lab/transcript.ts";
import { mismatches } from "../../tools/check/claims.ts";
import { mapLimited } from "../../tools/lib/pool.ts";

const said = { zh: "话", en: "words" };
const experiment = experimentSchema.parse({
  title: said,
  intent: said,
  claims: ["ns-hide"],
  terminals: { here: { machine: "linux", port: 0, label: said } },
  steps: [{ id: "ask", at: "here", run: "id -u", explain: said, capture: { "a.id": "^(\\d+)$" } }],
  findings: [{ that: "a.id == 0", because: said }],
});
const HASH = "a".repeat(64);
const transcript: Transcript = {
  schema: 1,
  experiment: "x",
  recorded: "2026-11-24T00:00:00.000Z",
  engine: { name: "v86", version: "1" },
  machines: { linux: { inputHash: HASH, kernelRelease: "6.1" } },
  procedure: procedureHash(experiment),
  steps: [{ id: "ask", command: "id -u", exit: 0, output: "0", instructions: 5 }],
  ok: true,
  instructions: 5,
  seconds: 1,
};

describe("a recording", () => {
  it("matches the experiment it is of, whatever the times and the explanations", () => {
    const reworded = { ...experiment, title: { zh: "别的", en: "other" } };
    expect(staleness(reworded, { ...transcript, seconds: 9 }, { linux: HASH })).toEqual([]);
  });

  it("does not match other steps, another machine or another verdict", () => {
    const [step] = experiment.steps;
    const other = { ...experiment, steps: [{ ...step, run: "id -g" }] } as typeof experiment;
    expect(staleness(other, transcript, { linux: HASH })).toEqual([
      expect.stringContaining("steps"),
    ]);
    expect(staleness(experiment, transcript, { linux: "b".repeat(64) })).toEqual([
      "the machine linux has changed since",
    ]);
    expect(staleness(experiment, { ...transcript, ok: false }, { linux: HASH })).toEqual([
      "it is judged otherwise today",
    ]);
  });
});

describe("asciicasts", () => {
  it("come back as they were written", () => {
    const header = { version: 2, width: 80, height: 24, timestamp: 1, title: "话" } as Parameters<
      typeof castText
    >[0];
    const text = castText(header, [
      [0.5, "o", "\u001b[1mA\r\n"],
      [1.25, "m", "ask"],
    ]);
    expect(text.split("\n")).toHaveLength(4);
    expect(parseCast(text)).toEqual({
      header,
      events: [
        [0.5, "o", "\u001b[1mA\r\n"],
        [1.25, "m", "ask"],
      ],
    });
    expect(() => parseCast('{"version":3}\n')).toThrow("version 3");
  });
});

describe("claims and experiments", () => {
  const claim = { order: 1, claim: said, verdict: "holds" as const, answer: said };
  it("must name each other, and only what there is", () => {
    const claims = new Map([["os", { ...claim, experiments: ["a", "gone"] }]]);
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
        await new Promise((resolve) => setTimeout(resolve, 1));
        units -= Math.min(n, 2);
        return n * 10;
      },
    );
    expect(results).toEqual([10, 20, 10, 30, 10]);
    expect(most).toBe(2);
  });
});
