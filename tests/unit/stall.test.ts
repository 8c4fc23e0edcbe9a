import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type GuestSource, readManifest, readVerified } from "../../src/machine/files.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { MachineStatus } from "../../src/machine/protocol.ts";
import { ShareContents } from "../../src/machine/share/contents.ts";
import { wholeContent } from "./fixtures/shared-content.ts";

const FILE = {
  path: "share/ab/unshare.bin",
  size: 10,
  sha256: "0".repeat(64),
  encoding: "identity",
  rawSize: 10,
} as const;

/** A server that sends some bytes, and then nothing any more: no end, no error. */
function stalling(first?: Uint8Array): GuestSource & { opened: number } {
  return {
    opened: 0,
    async open() {
      this.opened++;
      if (!first) return new Promise<never>(() => {});
      return new ReadableStream({ start: (stream) => stream.enqueue(first) });
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a download in which nothing comes any more", () => {
  it.each([
    ["before the first byte", undefined, 0],
    ["in the middle", new Uint8Array(4), 4],
  ])("is told as stalled: %s", async (_, first, received) => {
    const read = readVerified(stalling(first), FILE, { fresh: false }, () => {});
    const told = expect(read).rejects.toMatchObject({
      data: { code: "stalled", params: { file: FILE.path, received, total: 10, seconds: 30 } },
    });
    await vi.advanceTimersByTimeAsync(31_000);
    await told;
  });

  it("is told of the manifest, too", async () => {
    const told = expect(readManifest(stalling(), { fresh: false })).rejects.toMatchObject({
      data: { code: "stalled", params: { file: "manifest.json" } },
    });
    await vi.advanceTimersByTimeAsync(31_000);
    await told;
  });

  it("has as long again after each piece", async () => {
    let send = (_: Uint8Array) => {};
    const source: GuestSource = {
      open: async () =>
        new ReadableStream({
          start(stream) {
            send = (piece) => stream.enqueue(piece);
          },
        }),
    };
    const seen: number[] = [];
    const read = readVerified(source, FILE, { fresh: false }, (count) => seen.push(count));
    read.catch(() => {});
    for (let piece = 0; piece < 5; piece++) {
      await vi.advanceTimersByTimeAsync(25_000);
      send(new Uint8Array(1));
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toEqual([1, 1, 1, 1, 1]);
  });

  it("ends at once when nobody wants it any more", async () => {
    const stop = new AbortController();
    const options = { fresh: false, signal: stop.signal };
    const read = readVerified(stalling(), FILE, options, () => {});
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
  });
});

describe("a shared file that stalls", () => {
  it("is asked for again once it has failed", async () => {
    const source = stalling();
    const failures: unknown[] = [];
    const contents = new ShareContents(source, (thrown) => failures.push(thrown));
    const first = contents.read(wholeContent(FILE), 0, FILE.rawSize).catch((thrown) => thrown);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await first).toMatchObject({ data: { code: "stalled" } });
    expect(failures).toHaveLength(1);
    contents.read(wholeContent(FILE), 0, FILE.rawSize).catch(() => {});
    expect(source.opened).toBe(2);
  });

  it("is asked for again after the machine was switched off, and is nobody's trouble", async () => {
    const source = stalling();
    const failures: unknown[] = [];
    const contents = new ShareContents(source, (thrown) => failures.push(thrown));
    const first = contents.read(wholeContent(FILE), 0, FILE.rawSize).catch(() => "ended");
    contents.abandon();
    expect(await first).toBe("ended");
    expect(failures).toEqual([]);
    contents.read(wholeContent(FILE), 0, FILE.rawSize).catch(() => {});
    expect(source.opened).toBe(2);
  });
});

describe("a machine whose download stalls", () => {
  function machine() {
    const source = stalling();
    const one = new Machine("linux", source);
    const states: MachineStatus["state"][] = [];
    one.subscribe((event) => event.type === "status" && states.push(event.status.state));
    return { one, source, states };
  }

  it("fails with that cause, and can be started again", async () => {
    const { one, source } = machine();
    one.start();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(one.status).toMatchObject({ state: "failed", error: { code: "stalled" } });
    one.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.status.state).toBe("downloading");
    expect(source.opened).toBe(2);
    one.destroy();
  });

  it("is off at once when it is switched off", async () => {
    const { one, states } = machine();
    one.start();
    await vi.advanceTimersByTimeAsync(1);
    one.off();
    await vi.advanceTimersByTimeAsync(1);
    expect(states).toEqual(["downloading", "idle"]);
  });

  it("does not begin what was overtaken before it began", async () => {
    const { one, source } = machine();
    one.start();
    one.reset();
    one.off();
    await vi.advanceTimersByTimeAsync(1);
    expect(source.opened).toBe(0);
    expect(one.status).toEqual({ state: "idle", poweredOff: false });
  });

  it("begins the download anew for a reset, without waiting for the stalled one", async () => {
    const { one, source } = machine();
    one.start();
    await vi.advanceTimersByTimeAsync(1);
    one.reset();
    await vi.advanceTimersByTimeAsync(1);
    expect(source.opened).toBe(2);
    expect(one.status.state).toBe("downloading");
    one.destroy();
  });
});
