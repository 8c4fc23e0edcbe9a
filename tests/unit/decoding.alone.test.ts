import { zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Decoding } from "../../src/machine/decoding.ts";
import { errorData } from "../../src/machine/errors.ts";

/** A tenth that cannot be packed (xorshift32, Marsaglia 2003), and the rest, of which hardly anything is left. */
let random = 1;
const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, index) => {
  if (index >= 300_000) return index >> 20;
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random & 0xff;
});
const STORED = new Uint8Array(zstdCompressSync(CONTENT));

/** The decoder's memory. */
let heap: () => ArrayBufferLike;
const { instantiate } = WebAssembly;
vi.stubGlobal("WebAssembly", {
  ...WebAssembly,
  async instantiate(bytes: BufferSource, imports: WebAssembly.Imports) {
    const made = await instantiate(bytes, imports);
    heap = () => (made.instance.exports.memory as WebAssembly.Memory).buffer;
    return made;
  },
});
afterAll(() => vi.unstubAllGlobals());

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
  it.each([100, 65_536, STORED.length])("is whole in pieces of %i bytes", async (pieceSize) => {
    expect(same(await decoded(STORED, pieceSize))).toBe(true);
  });

  it("is whole byte by byte, with empty pieces in between", async () => {
    const content = CONTENT.subarray(295_000);
    const decoding = new Decoding({ encoding: "zstd", rawSize: content.length });
    for (const byte of zstdCompressSync(content)) {
      decoding.push(Uint8Array.of(byte));
      decoding.push(new Uint8Array());
    }
    expect(Buffer.compare(await decoding.end(), content)).toBe(0);
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
    // All it can be where the hash was right.
    const stuck = await decoded(new Uint8Array(1000).fill(7)).catch(errorData);
    expect(stuck).toMatchObject({ code: "memory" });
    await expect(decoded(new Uint8Array())).rejects.toThrow("0 bytes");
  });

  it("ends wherever a bit of it is another, and is told, or differs", async () => {
    for (let at = 0; at < STORED.length; at += Math.ceil(STORED.length / 60)) {
      const bad = STORED.slice();
      bad[at] = (bad[at] ?? 0) ^ 1;
      const end = await decoded(bad).catch((thrown: Error) => thrown);
      expect(end instanceof Error || !same(end), `bit 0 of byte ${at}`).toBe(true);
    }
  });

  it("may be dropped at any time, gives its memory back, and others are decoded after it", async () => {
    let before = 0;
    for (let count = 0; count < 100; count++) {
      if (count === 10) before = heap().byteLength;
      const decoding = new Decoding({ encoding: "zstd", rawSize: CONTENT.length });
      decoding.push(STORED.slice(0, STORED.length / 2));
      // Some are dropped before the decoder has begun.
      if (count % 2 === 0) await Promise.resolve();
      decoding.drop();
    }
    expect(same(await decoded(STORED))).toBe(true);
    expect(before).toBeGreaterThan(0);
    expect(heap().byteLength).toBe(before);
  });
});
