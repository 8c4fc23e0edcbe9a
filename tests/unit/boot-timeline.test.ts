import { describe, expect, it } from "vitest";
import { growingRow, recordedRows } from "../../src/components/instruments/boot-rows.ts";
import { costsIn } from "../../src/components/instruments/start-figures.ts";
import en from "../../src/content/i18n/en.json" with { type: "json" };
import zh from "../../src/content/i18n/zh-CN.json" with { type: "json" };
import recording from "../../src/content/instruments/boot-timeline.json" with { type: "json" };
import {
  type Boot,
  bootTimeline,
  missingStages,
  segmentsOf,
} from "../../src/lab/instruments/boot-timeline.ts";
import type { Milestone, Reading } from "../../src/machine/protocol.ts";

const reached = (id: Milestone["id"], instructions: number): Milestone => ({
  id,
  instructions,
  seconds: instructions / 10,
});

const whole: Boot = {
  from: "power-on",
  milestones: [
    reached("loaded", 10),
    reached("protected", 12),
    reached("paging", 20),
    reached("output", 25),
    reached("init", 70),
    reached("prompt", 100),
  ],
};

describe("a boot's stages", () => {
  it("follow each other from power-on to the prompt", () => {
    const stages = segmentsOf(whole).map(({ stage, from, to }) => [
      stage,
      from.instructions,
      to.instructions,
    ]);
    expect(stages).toEqual([
      ["firmware", 0, 10],
      ["real", 10, 12],
      ["protected", 12, 20],
      ["kernel", 20, 70],
      ["programs", 70, 100],
    ]);
  });

  it("leave out what the machine never enters", () => {
    const milestones = whole.milestones.filter(({ id }) => id !== "paging" && id !== "init");
    const segments = segmentsOf({ ...whole, milestones });
    expect(missingStages(segments)).toEqual(["kernel", "programs"]);
    expect(segments.at(-1)).toMatchObject({ stage: "protected", to: { instructions: 100 } });
  });

  it("grow until now while the boot goes on", () => {
    const milestones = whole.milestones.slice(0, 3);
    const segments = segmentsOf({ ...whole, milestones }, { instructions: 50, seconds: 5 });
    expect(segments.at(-1)).toMatchObject({ stage: "kernel", to: { instructions: 50 } });
    expect(segmentsOf({ ...whole, milestones })).toEqual([]);
  });

  it("are none after a snapshot", () => {
    const segments = segmentsOf({ from: "snapshot", milestones: [reached("prompt", 7)] });
    expect(segments).toMatchObject([{ stage: "whole", to: { instructions: 7 } }]);
  });
});

describe.each([
  ["en", en, "It never gets to: kernel with paging, init and shell.", "<100K"],
  ["zh", zh, "它没有这些阶段：内核（已分页）、init和shell。", "<10万"],
] as const)("the boot timeline's rows (%s)", (_, strings, missing, least) => {
  const rows = recordedRows(bootTimeline.schema.parse(recording.data), strings);

  it("say what is absent", () => {
    expect(rows.map(({ key }) => key)).toEqual([
      "distribution",
      "cold",
      "other-os",
      "restored",
      "container",
      "clone",
    ]);
    expect(rows.find(({ key }) => key === "other-os")?.note).toBe(missing);
    expect(rows.find(({ key }) => key === "cold")?.note).toBeUndefined();
    for (const key of ["restored", "container", "clone"])
      expect(rows.find((row) => row.key === key)?.note).toBeTruthy();
  });

  it("do not claim more precision than there is", () => {
    const zero = { instructions: 0, seconds: 0 };
    const costs = costsIn(strings);
    expect(costs.stage(zero, { instructions: 44_845, seconds: 1 }, "instructions")).toBe(least);
  });

  it("show a boot that goes on only when it is known to be one", () => {
    const reading = { milestones: [], instructions: 5, seconds: 1 } as unknown as Reading;
    expect(growingRow(reading, "linux", strings)).toBeUndefined();
    const milestones = [reached("loaded", 3)];
    expect(growingRow({ ...reading, milestones }, "linux", strings)).toMatchObject({
      own: true,
      total: { instructions: 5 },
    });
  });
});
