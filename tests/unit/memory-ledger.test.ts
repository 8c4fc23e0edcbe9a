import { describe, expect, it } from "vitest";
import {
  asMachines,
  type LedgerHost,
  type LedgerRow,
  memoryLedger,
  programPages,
  returnedShare,
  startContainers,
  usedBytes,
} from "../../src/lab/instruments/memory-ledger.ts";

const MB = 1e6;
const row: LedgerRow = { asked: 1000, started: 1000, before: 80 * MB, after: 40 * MB, touched: MB };

describe("the ledger's figures", () => {
  it("are differences of MemAvailable", () => {
    expect(usedBytes(row)).toBe(40 * MB);
    expect(returnedShare(row)).toBeUndefined();
    expect(returnedShare({ ...row, ended: 70 * MB })).toBe(0.75);
    expect(returnedShare({ ...row, ended: 81 * MB })).toBe(1);
    expect(returnedShare({ ...row, ended: 39 * MB })).toBe(0);
  });

  it("say nothing of what comes back where less was taken than can be told", () => {
    expect(returnedShare({ ...row, after: row.before, ended: row.before })).toBeUndefined();
    expect(returnedShare({ ...row, after: row.before - 4096, ended: 0 })).toBeUndefined();
    // A hundred containers take 4 MB, and 1.7 MB of that may wait in the kernel's lists.
    expect(returnedShare({ ...row, after: row.before - 4 * MB, ended: 0 })).toBeUndefined();
  });

  it("of machines are one machine's, so many times", () => {
    expect(asMachines({ size: 128, touched: 10 }, 1000)).toEqual({
      reserved: 128_000,
      touched: 10_000,
    });
  });

  it("of a program are read from smaps_rollup", () => {
    const rollup =
      "Rss:      80 kB\nShared_Clean:   4 kB\nShared_Dirty:  72 kB\nPrivate_Dirty: 4 kB";
    expect(programPages(rollup)).toEqual({ resident: 80 * 1024, shared: 76 * 1024 });
    const { shape } = memoryLedger.schema as never as {
      shape: { program: typeof memoryLedger.schema };
    };
    expect(shape.program.safeParse(programPages("garbage")).success).toBe(false);
  });
});

describe("a machine that runs out of memory", () => {
  it("is told with what it did start", async () => {
    const failure = { errno: 12, detail: "Cannot allocate memory" };
    const spawned: number[] = [];
    const answer = <T>(value: T) => Promise.resolve({ value, beganNs: 0, endedNs: 0 });
    const host = {
      agent: {
        ask: () => answer({}),
        killAll: () => answer(1),
        spawn: (count: number) => {
          spawned.push(count);
          const containers = [{ pid: 30, beganNs: 0 }];
          return answer({ containers, failure: count > 1 ? failure : undefined });
        },
      },
      port: { query: () => Promise.resolve({ size: 8, touched: 4 }) },
    } as unknown as LedgerHost;
    expect(await startContainers(host, 1000)).toEqual({
      asked: 1000,
      started: 1,
      before: 0,
      after: 0,
      touched: 4,
      failure,
    });
    expect(spawned).toEqual([1, 1000]);
  });
});
