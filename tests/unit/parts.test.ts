import { expect, it } from "vitest";
import { partFiles, partTroubles } from "../../src/book/parts.ts";

it("a part that there is not is told with its line, and with those that there are", () => {
  expect(partTroubles("One.\n\n<Experiment id='uts' /> <b>bold</b>\n")).toEqual([]);
  const [trouble, ...more] = partTroubles("One.\n\nTwo <Expriment id='uts' />.\n");
  expect(trouble).toContain("line 3: there is no part <Expriment>; there are BootTimeline, ");
  expect(trouble).toContain(", Experiment, ");
  expect(more).toEqual([]);
  // What code speaks of is no part.
  expect(partTroubles("`<Nothing />`\n")).toEqual([]);
});

it("each part has a name of its own", () => {
  expect(partFiles().size).toBeGreaterThan(25);
});
