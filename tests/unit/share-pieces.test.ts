import { describe, expect, it } from "vitest";
import { ShareContents } from "../../src/machine/share/contents.ts";
import { cut, SampleSource, sampleBytes } from "./fixtures/shared-content.ts";

/** Bytes of a piece in these tests. */
const PIECE = 1000;
const DATA = sampleBytes(2 * PIECE + 500);

/** A shared file of some bytes, and a server for it. */
function shared(data = DATA, pieceSize = PIECE, encoding: "identity" | "zstd" = "zstd") {
  const { content, stored } = cut(data, pieceSize, encoding);
  const source = new SampleSource(stored);
  const failures: unknown[] = [];
  const contents = new ShareContents(source, (thrown) => failures.push(thrown));
  const places = new Map(content.pieces.map(({ path }, at) => [path, at]));
  return {
    content,
    contents,
    stored,
    source,
    failures,
    read: (offset: number, count: number) => contents.read(content, offset, count),
    path: (piece: number) => content.pieces[piece]?.path ?? "",
    /** Which pieces the server was asked for, in order, since this was last asked. */
    asked: () => source.asked.splice(0).map(({ path }) => places.get(path)),
  };
}

/** Reads a file from its begin in steps. @returns what the server was asked for at each step */
async function readOn({ read, asked }: ReturnType<typeof shared>, steps: number, step: number) {
  const perStep: ReturnType<typeof asked>[] = [];
  for (let at = 0; at < steps; at++) {
    await read(at * step, step);
    perStep.push(asked());
  }
  return perStep;
}

describe("a shared file in pieces", () => {
  it.each([
    ["within the first piece", 10, 20, [0]],
    ["up to its last byte", 0, PIECE, [0]],
    ["the second piece alone", PIECE, PIECE, [1]],
    ["across two pieces", PIECE - 1, 2, [0, 1]],
    ["across all of them", 500, 2 * PIECE, [0, 1, 2]],
    ["the last piece, which is short", 2 * PIECE, 500, [2]],
    ["beyond its end", DATA.length - 1, 4096, [2]],
  ])("is fetched where it is read: %s", async (_, offset, count, pieces) => {
    const file = shared();
    expect(await file.read(offset, count)).toEqual(DATA.subarray(offset, offset + count));
    expect(file.asked().slice(0, pieces.length)).toEqual(pieces);
  });

  it("is nothing after its end, and asks for nothing", async () => {
    const file = shared();
    expect(await file.read(DATA.length, 10)).toHaveLength(0);
    expect(await file.read(3 * PIECE, 10)).toHaveLength(0);
    expect(await file.read(0, 0)).toHaveLength(0);
    expect(file.asked()).toEqual([]);
  });

  it("has no piece when it is empty", async () => {
    const file = shared(new Uint8Array(0));
    expect(file.content.pieces).toEqual([]);
    expect(await file.read(0, 10)).toHaveLength(0);
    expect(file.asked()).toEqual([]);
  });

  it.each([PIECE, 2 * PIECE])("of exactly %i bytes has no piece too many", async (length) => {
    const data = sampleBytes(length);
    const file = shared(data);
    expect(file.content.pieces.map(({ rawSize }) => rawSize)).toEqual(
      Array(length / PIECE).fill(PIECE),
    );
    expect(await file.read(0, length + 1)).toEqual(data);
  });

  it("may be compressed already: its pieces are stored as they are", async () => {
    const file = shared(DATA, PIECE, "identity");
    expect(file.stored.get(file.path(2))).toEqual(DATA.slice(2 * PIECE));
    expect(await file.read(PIECE - 5, 10)).toEqual(DATA.subarray(PIECE - 5, PIECE + 5));
  });

  it("is fetched once by reads at the same time, and then kept", async () => {
    const file = shared();
    const both = await Promise.all([file.read(0, 10), file.read(5, 10)]);
    expect(both).toEqual([DATA.subarray(0, 10), DATA.subarray(5, 15)]);
    expect(await file.read(20, 10)).toEqual(DATA.subarray(20, 30));
    expect(file.asked()).toEqual([0]);
  });

  it("is kept up to 16 MiB, and what was read longest ago goes first", async () => {
    const MiB = 1024 * 1024;
    const data = new Uint8Array(17 * MiB);
    for (let piece = 0; piece < 17; piece++) data[piece * MiB] = piece;
    const file = shared(data, MiB, "identity");
    // Backwards, so that nothing is read ahead.
    for (let piece = 16; piece >= 0; piece--) await file.read(piece * MiB, 1);
    file.asked();
    await file.read(15 * MiB, 1);
    expect(file.asked()).toEqual([]);
    await file.read(16 * MiB, 1);
    expect(file.asked()).toEqual([16]);
  });
});

describe("a piece that is not to be had", () => {
  it("is refused when it is damaged, named, and it alone fetched past every cache", async () => {
    const file = shared();
    const good = file.stored.get(file.path(1)) as Uint8Array<ArrayBuffer>;
    const bad = good.slice();
    bad[10] = (bad[10] ?? 0) ^ 1;
    file.stored.set(file.path(1), bad);
    const told = { data: { code: "integrity", params: { file: file.path(1) } } };
    await expect(file.read(PIECE - 1, 2)).rejects.toMatchObject(told);
    expect(file.failures).toMatchObject([told]);
    file.stored.set(file.path(1), good);
    file.asked();
    expect(await file.read(PIECE - 1, 2)).toEqual(DATA.subarray(PIECE - 1, PIECE + 1));
    expect(file.source.asked).toEqual([{ path: file.path(1), fresh: true }]);
    expect(file.failures).toHaveLength(1);
  });

  it("is told as a download when it ends early", async () => {
    const file = shared();
    const good = file.stored.get(file.path(2)) as Uint8Array<ArrayBuffer>;
    file.stored.set(file.path(2), good.slice(0, 40));
    await expect(file.read(2 * PIECE, 1)).rejects.toMatchObject({
      data: {
        code: "download",
        params: { file: file.path(2), received: 40, total: good.length },
      },
    });
  });

  it("is nobody's trouble once the machine is off", async () => {
    const file = shared();
    const signals: AbortSignal[] = [];
    file.source.open = async (_, { signal }: { fresh: boolean; signal: AbortSignal }) => {
      signals.push(signal);
      return new ReadableStream();
    };
    const ended = expect(file.read(PIECE - 1, 2)).rejects.toThrow("abort");
    file.contents.abandon();
    await ended;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(file.failures).toEqual([]);
  });
});

describe("reading ahead", () => {
  const LONG = sampleBytes(12 * PIECE);

  it("follows a file that is read on end, as far as it has been read, and four pieces at most", async () => {
    expect(await readOn(shared(LONG), 12, PIECE)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
      [8],
      [9],
      [10],
      [11],
      [],
      [],
      [],
      [],
    ]);
  });

  it("begins when a whole piece has been read in small reads", async () => {
    const perStep = await readOn(shared(LONG), 4, PIECE / 4);
    expect(perStep).toEqual([[0], [], [], [1]]);
  });

  it("leaves alone a file that is read here and there", async () => {
    const file = shared(LONG);
    for (const piece of [0, 7, 3, 9, 4]) {
      await file.read(piece * PIECE + 100, 500);
      await file.read(piece * PIECE + 100, 500);
    }
    expect(file.asked()).toEqual([0, 7, 3, 9, 4]);
  });

  it("begins anew after a gap, and after the machine was off", async () => {
    const file = shared(LONG);
    await readOn(file, 2, PIECE);
    await file.read(6 * PIECE, 500);
    expect(file.asked()).toEqual([6]);
    file.contents.abandon();
    await file.read(6 * PIECE + 500, 500);
    expect(file.asked()).toEqual([]);
  });

  it("is silent when it fails, and tries again only when the guest asks", async () => {
    const file = shared(LONG);
    const good = file.stored.get(file.path(1)) as Uint8Array<ArrayBuffer>;
    file.stored.delete(file.path(1));
    await file.read(0, PIECE);
    await expect.poll(() => file.source.asked.length).toBe(2);
    file.asked();
    await file.read(500, 500);
    await file.read(0, PIECE);
    expect(file.asked()).toEqual([]);
    expect(file.failures).toEqual([]);
    await expect(file.read(PIECE, 1)).rejects.toMatchObject({ data: { code: "download" } });
    expect(file.failures).toHaveLength(1);
    file.stored.set(file.path(1), good);
    file.asked();
    expect(await file.read(PIECE, 1)).toEqual(LONG.subarray(PIECE, PIECE + 1));
    expect(file.source.asked).toEqual([{ path: file.path(1), fresh: true }]);
  });

  it("is told, once, when the guest had come to wait for it", async () => {
    const file = shared(LONG);
    file.stored.delete(file.path(1));
    const first = file.read(0, PIECE);
    const second = file.read(PIECE, PIECE).catch((thrown) => thrown);
    await first;
    expect(await second).toMatchObject({ data: { params: { file: file.path(1) } } });
    expect(file.failures).toHaveLength(1);
    expect(file.asked().filter((piece) => piece === 1)).toHaveLength(1);
  });
});
