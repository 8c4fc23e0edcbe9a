import { describe, expect, it } from "vitest";
import { mergeProgress, NO_PROGRESS, type Progress, readProgress } from "../../src/lab/progress.ts";

const progress = (experiments: Progress["experiments"]): Progress => ({
  ...NO_PROGRESS,
  experiments,
});

describe("stored progress", () => {
  it("is read as it was stored", () => {
    const stored = progress({
      uts: { predictions: { rename: 2 }, notes: "那么多", verdict: { ok: true, at: "2026-11-24" } },
    });
    expect(readProgress(JSON.stringify(stored))).toEqual({ kind: "progress", progress: stored });
  });

  it("of the first version is brought up to date", () => {
    const old = { schema: 0, uts: { notes: "old" } };
    expect(readProgress(JSON.stringify(old))).toEqual({
      kind: "progress",
      progress: progress({ uts: { notes: "old" } }),
    });
  });

  it.each([
    ["no JSON", "notes"],
    ["something else", '{"a":1}'],
    ["a guess that is no choice", JSON.stringify(progress({ a: { predictions: { b: -1 } } }))],
  ])("is not taken when it is %s", (_, text) => {
    expect(readProgress(text)).toEqual({ kind: "unknown" });
  });

  it.each([
    JSON.stringify({ ...NO_PROGRESS, schema: 2 }),
    '{"schema":99,"format":"of another kind"}',
  ])("of a later version is told as such: %s", (text) => {
    expect(readProgress(text)).toEqual({ kind: "newer" });
  });
});

describe("merging progress", () => {
  it("loses nothing of either", () => {
    const here = progress({
      uts: { predictions: { a: 0 }, notes: "mine", verdict: { ok: false, at: "2026-01-01" } },
    });
    const other = progress({
      uts: {
        predictions: { a: 1, b: 2 },
        notes: "theirs",
        verdict: { ok: true, at: "2026-02-01" },
      },
      pid: { notes: "only there" },
    });
    expect(mergeProgress(here, other)).toEqual(
      progress({
        uts: {
          predictions: { a: 0, b: 2 },
          notes: "mine\n\ntheirs",
          verdict: { ok: true, at: "2026-02-01" },
        },
        pid: { notes: "only there" },
      }),
    );
    expect(mergeProgress(here, here)).toEqual(here);
  });
});
