import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Decoding } from "../../src/machine/decoding.ts";

/** Some that packs badly, and some of which one byte stands for a hundred thousand. */
const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, index) =>
  index < 200_000 ? (Math.imul(index, 2_654_435_761) >>> 13) & 0xff : index >> 20,
);
const STORED = new Uint8Array(zstdCompressSync(CONTENT));

async function decoded(
  stored: Uint8Array<ArrayBuffer>,
  pieceSize = 65_536,
  encoding: "identity" | "zstd" = "zstd",
  rawSize = CONTENT.length,
) {
  const decoding = new Decoding({ encoding, rawSize });
  for (let at = 0; at < stored.length; at += pieceSize)
    decoding.push(stored.slice(at, at + pieceSize));
  return decoding.end();
}

const same = (bytes: Uint8Array) => Buffer.compare(bytes, CONTENT) === 0;

describe("a file that is decoded while it arrives", () => {
  it.each([1_000, 65_536, STORED.length])("is whole in pieces of %i bytes", async (pieceSize) => {
    expect(same(await decoded(STORED, pieceSize))).toBe(true);
  });

  it("is whole byte by byte, with empty pieces in between", async () => {
    const decoding = new Decoding({ encoding: "zstd", rawSize: CONTENT.length });
    for (const byte of STORED) {
      decoding.push(Uint8Array.of(byte));
      decoding.push(new Uint8Array());
    }
    expect(same(await decoding.end())).toBe(true);
  });

  it("may be stored as it is", async () => {
    expect(same(await decoded(CONTENT, 65_536, "identity"))).toBe(true);
  });

  it("is itself, whatever comes at the same time", async () => {
    const one = new Decoding({ encoding: "zstd", rawSize: CONTENT.length });
    const other = new Decoding({ encoding: "zstd", rawSize: CONTENT.length });
    for (let at = 0; at < STORED.length; at += 10_000) {
      one.push(STORED.slice(at, at + 10_000));
      other.push(STORED.slice(at, at + 10_000));
    }
    expect(same(await one.end())).toBe(true);
    expect(same(await other.end())).toBe(true);
  });

  it("is refused where it is cut, longer, shorter, or no zstd at all", async () => {
    await expect(decoded(STORED.slice(0, -1))).rejects.toThrow("Incomplete");
    await expect(decoded(STORED, 65_536, "zstd", CONTENT.length - 1)).rejects.toThrow("3000000");
    await expect(decoded(STORED, 65_536, "zstd", CONTENT.length + 1)).rejects.toThrow("3000000");
    await expect(decoded(new Uint8Array(1000).fill(7))).rejects.toThrow("damaged");
    await expect(decoded(new Uint8Array())).rejects.toThrow("0 bytes");
  });

  it("ends wherever a bit of it is another, and is never longer", async () => {
    for (let at = 0; at < STORED.length; at += Math.ceil(STORED.length / 60)) {
      const bad = STORED.slice();
      bad[at] = (bad[at] ?? 0) ^ 1;
      const end = await decoded(bad).catch((thrown: Error) => thrown);
      if (!(end instanceof Error)) expect(end).toHaveLength(CONTENT.length);
    }
  });

  it("may be dropped at any time, and others are decoded after it", async () => {
    for (let count = 0; count < 300; count++) {
      const decoding = new Decoding({ encoding: "zstd", rawSize: CONTENT.length });
      decoding.push(STORED.slice(0, STORED.length / 2));
      if (count % 2 === 0) await Promise.resolve();
      decoding.drop();
      await expect(decoding.end()).rejects.toThrow();
    }
    expect(same(await decoded(STORED))).toBe(true);
  });
});
