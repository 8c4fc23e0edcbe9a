import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inodesOf } from "../../src/machine/share/inodes.ts";
import { shareIndexSchema } from "../../src/machine/share/tree.ts";
import { sha256 } from "../../tools/guest/cache.ts";
import { sharedFiles } from "../../tools/guest/share.ts";
import { ShareWriter } from "../../tools/guest/share-writer.ts";
import { sampleBytes } from "./fixtures/shared-content.ts";

const CUT = { whole: 4000, piece: 1000 };
/** Pieces of the largest content that is whole, if it were not. */
const MANY = CUT.whole / CUT.piece;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "share-writer-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a tree of these files. @returns its index, as it is read, and its record */
function written(files: Record<string, Uint8Array>) {
  const writer = new ShareWriter(folder, CUT);
  for (const [path, data] of Object.entries(files))
    writer.add({ kind: "file", path, mode: 0o644, data });
  const record = writer.finish();
  const text = zstdDecompressSync(readFileSync(join(folder, record.path))).toString();
  return { record, index: shareIndexSchema.parse(JSON.parse(text)) };
}

describe("the shared tree as it is written", () => {
  it.each([
    ["an empty file", 0, []],
    ["a file of one byte", 1, [1]],
    ["a file of more than a piece, whole", CUT.piece + 1, [CUT.piece + 1]],
    ["the largest that is whole", CUT.whole, [CUT.whole]],
    ["a byte more", CUT.whole + 1, [...Array(MANY).fill(CUT.piece), 1]],
    ["as many pieces as fit", CUT.whole + CUT.piece, Array(MANY + 1).fill(CUT.piece)],
  ])("has %s so that it can be put together again", (_, length, sizes) => {
    const data = sampleBytes(length);
    const { record, index } = written({ file: data });
    const pieces = sharedFiles(folder, record);
    expect(pieces.map(({ rawSize }) => rawSize)).toEqual(sizes);
    const parts = pieces.map(({ path, size, sha256: hash }) => {
      const stored = readFileSync(join(folder, path));
      expect([stored.length, sha256(stored)]).toEqual([size, hash]);
      return zstdDecompressSync(stored);
    });
    expect(Buffer.concat(parts)).toEqual(Buffer.from(data));
    expect(index.files).toMatchObject([{ rawSize: length, encoding: "zstd" }]);
  });

  it("leaves a file that is compressed already as it is, all its pieces", () => {
    const data = sampleBytes(CUT.whole + 10);
    data.set([0x1f, 0x8b]);
    const { record, index } = written({ "layer.tar.gz": data });
    const pieces = sharedFiles(folder, record);
    expect(index.files).toMatchObject([{ encoding: "identity", rawSize: data.length }]);
    expect(pieces).toHaveLength(MANY + 1);
    expect(Buffer.concat(pieces.map(({ path }) => readFileSync(join(folder, path))))).toEqual(
      Buffer.from(data),
    );
  });

  it("stores what is equal once: contents, and pieces of different contents", () => {
    const data = sampleBytes(CUT.whole + 10);
    const other = sampleBytes(CUT.whole + 20);
    const { record } = written({ a: data, b: data, c: other });
    const paths = sharedFiles(folder, record).map(({ path }) => path);
    expect(paths).toHaveLength(2 * (MANY + 1));
    expect(new Set(paths).size).toBe(MANY + 2);
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const stored = found.filter((path) => statSync(join(folder, path)).isFile());
    expect(stored.sort()).toEqual([...new Set([...paths, record.path])].sort());
  });

  it("numbers nodes by their names alone, in whatever pieces their contents are", () => {
    const names = ["b", "a", "c/d"];
    const numbers = (length: number) =>
      inodesOf(
        written(Object.fromEntries(names.map((name) => [name, sampleBytes(length)]))).index,
      ).map(({ id, kind, parent }) => ({ id, kind, parent }));
    expect(numbers(CUT.whole + 1)).toEqual(numbers(3));
  });
});
