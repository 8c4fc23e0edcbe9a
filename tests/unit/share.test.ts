import { describe, expect, it } from "vitest";
import { inodesOf } from "../../src/machine/share/inodes.ts";
import { HEADER_BYTES, MessageReader, MessageWriter } from "../../src/machine/share/message.ts";
import { type ReadContent, ShareServer } from "../../src/machine/share/server.ts";
import { shareIndexSchema } from "../../src/machine/share/tree.ts";
import { sha256 } from "../../tools/guest/cache.ts";

/** Message types of 9P2000.L, requests only. */
const T = { version: 100, attach: 104, walk: 110, lopen: 12, lcreate: 14, read: 116 } as const;
const { readdir, getattr, readlink, clunk } = {
  readdir: 40,
  getattr: 24,
  readlink: 22,
  clunk: 120,
};
const RLERROR = 7;
const [ENOENT, EIO, EBADF, ENOTDIR, EINVAL, EROFS, EPROTO] = [2, 5, 9, 20, 22, 30, 71];
const NO_TAG = 0xffff;

const DATA = new TextEncoder().encode("0123456789");
const FILE = {
  rawSize: DATA.length,
  encoding: "identity",
  pieces: [{ size: DATA.length, sha256: sha256(DATA) }],
};
const INDEX = shareIndexSchema.parse({
  schema: 2,
  pieceSize: 4096,
  files: [FILE],
  root: {
    entries: {
      bin: { entries: { tool: { file: 0, mode: 0o755 } } },
      text: { file: 0 },
      link: { link: "bin/tool" },
      tmp: { entries: {}, mode: 0o1777 },
    },
  },
});

const readData: ReadContent = async (_, offset, count) => DATA.subarray(offset, offset + count);

function server(read = readData) {
  const share = new ShareServer(inodesOf(INDEX), read);
  const ask = async (type: number, fields = new MessageWriter()) => {
    const reply = await share.answer(fields.finish(type, 7));
    const reader = new MessageReader(reply);
    expect(reader.u32()).toBe(reply.length);
    const got = reader.u8();
    expect(reader.u16()).toBe(7);
    if (got === RLERROR) return { errno: reader.u32(), reader };
    expect(got).toBe(type + 1);
    return { errno: 0, reader };
  };
  const walk = (from: number, to: number, ...names: string[]) => {
    const fields = new MessageWriter().u32(from).u32(to).u16(names.length);
    for (const name of names) fields.text(name);
    return ask(T.walk, fields);
  };
  const mount = async () => {
    await ask(T.version, new MessageWriter().u32(8192).text("9P2000.L"));
    await ask(T.attach, new MessageWriter().u32(0).u32(0xffffffff).text("root").text("").u32(0));
  };
  const readAt = (fid: number, offset: number, count: number) =>
    ask(T.read, new MessageWriter().u32(fid).u64(offset).u32(count));
  return { share, ask, walk, mount, readAt };
}

/** The same numbers each time, so that what fails once fails again (Park and Miller's generator). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
}

describe("the server of shared files", () => {
  it("agrees on the smaller message size and no other version", async () => {
    const { ask } = server();
    const { reader } = await ask(T.version, new MessageWriter().u32(8192).text("9P2000.u"));
    expect([reader.u32(), reader.text()]).toEqual([8192, "unknown"]);
  });

  it("walks to a file and reads pieces of it", async () => {
    const { mount, walk, ask, readAt } = server();
    await mount();
    const { reader } = await walk(0, 1, "bin", "tool");
    expect(reader.u16()).toBe(2);
    expect((await ask(T.lopen, new MessageWriter().u32(1).u32(0))).errno).toBe(0);
    const piece = (await readAt(1, 4, 3)).reader;
    expect(piece.u32()).toBe(3);
    expect(String.fromCharCode(piece.u8(), piece.u8(), piece.u8())).toBe("456");
    expect((await readAt(1, 100, 3)).reader.u32()).toBe(0);
  });

  it("tells modes, sizes and a link's target", async () => {
    const { mount, walk, ask } = server();
    await mount();
    const stat = async (...names: string[]) => {
      await walk(0, 1, ...names);
      const { reader } = await ask(getattr, new MessageWriter().u32(1).u64(0x7ff));
      reader.u64();
      const qid = reader.u8();
      reader.u32();
      const inode = reader.u64();
      const mode = reader.u32();
      for (let owner = 0; owner < 2; owner++) expect(reader.u32()).toBe(0);
      for (let skipped = 0; skipped < 2; skipped++) reader.u64();
      return { qid, inode, mode: mode.toString(8), size: reader.u64() };
    };
    expect(await stat()).toMatchObject({ qid: 0x80, inode: 0, mode: "40755" });
    expect(await stat("tmp")).toMatchObject({ qid: 0x80, mode: "41777" });
    expect(await stat("text")).toMatchObject({ qid: 0, mode: "100644", size: 10 });
    expect(await stat("bin", "tool")).toMatchObject({ mode: "100755", size: 10 });
    expect(await stat("link")).toMatchObject({ qid: 2, mode: "120777", size: 8 });
    const target = await ask(readlink, new MessageWriter().u32(1));
    expect(target.reader.text()).toBe("bin/tool");
  });

  it("lists a directory in pieces that fit, each name once", async () => {
    const { mount, ask } = server();
    await mount();
    const names: string[] = [];
    for (let offset = 0; ; ) {
      const fields = new MessageWriter().u32(0).u64(offset).u32(60);
      const { reader } = await ask(readdir, fields);
      const bytes = reader.u32();
      if (bytes === 0) break;
      for (let at = 0; at < bytes; ) {
        for (const skip of [reader.u8(), reader.u32(), reader.u64()]) void skip;
        offset = reader.u64();
        reader.u8();
        const name = reader.text();
        names.push(name);
        at += 24 + name.length;
      }
    }
    expect(names).toEqual([".", "..", "bin", "text", "link", "tmp"]);
  });

  it("refuses what is not there, what is no directory and what it does not know", async () => {
    const { mount, walk, ask, readAt } = server();
    await mount();
    expect((await walk(0, 1, "none")).errno).toBe(ENOENT);
    expect((await walk(0, 1, "text", "more")).reader.u16()).toBe(1);
    expect((await readAt(1, 0, 1)).errno).toBe(EBADF);
    await walk(0, 2, "text");
    expect((await walk(2, 3, "more")).errno).toBe(ENOTDIR);
    expect((await walk(9, 3)).errno).toBe(EBADF);
    await ask(clunk, new MessageWriter().u32(2));
    expect((await walk(2, 3)).errno).toBe(EBADF);
  });

  it("changes nothing", async () => {
    const { mount, walk, ask } = server();
    await mount();
    await walk(0, 1, "text");
    const O_RDWR = 2;
    expect((await ask(T.lopen, new MessageWriter().u32(1).u32(O_RDWR))).errno).toBe(EROFS);
    expect((await ask(T.lcreate, new MessageWriter().u32(1).text("x"))).errno).toBe(EROFS);
  });

  it("answers a message that ends early with an error, wherever it ends", async () => {
    const { mount, share } = server();
    await mount();
    const whole = new MessageWriter().u32(0).u32(9).u16(2).text("bin").text("tool");
    const walk = whole.finish(T.walk, 7);
    // In memory that holds other things behind it, as a message in a guest's buffer does.
    const memory = new Uint8Array(walk.length + 64).fill(0x61);
    memory.set(walk);
    for (let length = 0; length < walk.length; length++) {
      const reply = new MessageReader(await share.answer(memory.subarray(0, length)));
      reply.u32();
      expect([reply.u8(), reply.u16(), reply.u32()]).toEqual([
        RLERROR,
        length < HEADER_BYTES ? NO_TAG : 7,
        EPROTO,
      ]);
    }
    expect((await share.answer(memory.subarray(0, walk.length)))[4]).toBe(T.walk + 1);
  });

  it("answers any rubbish with a message that fits, and goes on", async () => {
    const { mount, share, walk } = server();
    const random = randomNumbers(9);
    for (let round = 0; round < 5000; round++) {
      await mount();
      const bytes = Uint8Array.from({ length: random() % 64 }, () => random());
      // Half of the time it is a request that we know.
      const known = Object.values({ ...T, readdir, getattr, readlink, clunk });
      if (bytes.length > 4 && random() % 2) bytes[4] = known[random() % known.length] ?? 0;
      const reply = await share.answer(bytes);
      expect(new MessageReader(reply).u32(), `round ${round}`).toBe(reply.length);
      expect(reply.length, `round ${round}`).toBeLessThanOrEqual(8192);
    }
    await mount();
    expect((await walk(0, 1, "bin", "tool")).errno).toBe(0);
  });

  it("takes part in no message that is too small for a reply, and in no endless walk", async () => {
    const { mount, ask, walk, readAt } = server();
    await mount();
    const version = new MessageWriter().u32(0).text("9P2000.L");
    expect((await ask(T.version, version)).errno).toBe(EINVAL);
    await walk(0, 1, "text");
    expect((await readAt(1, 0, 100)).reader.u32()).toBe(DATA.length);
    expect(await walk(0, 2, ...Array(17).fill(".."))).toMatchObject({ errno: EINVAL });
  });

  it("tells the guest of an input/output error when a content cannot be had", async () => {
    const { mount, walk, readAt } = server(() => Promise.reject(new Error("offline")));
    await mount();
    await walk(0, 1, "text");
    expect((await readAt(1, 0, 4)).errno).toBe(EIO);
  });

  it("goes on after a restore where it stood", async () => {
    const before = server();
    await before.mount();
    await before.walk(0, 5, "text");
    const after = server();
    after.share.state = JSON.parse(JSON.stringify(before.share.state));
    expect((await after.readAt(5, 0, 4)).errno).toBe(0);
  });
});

describe("the index of shared files", () => {
  const isRight = (entries: unknown, file: unknown = FILE) =>
    shareIndexSchema.safeParse({ ...INDEX, files: [file], root: { entries } }).success;

  it("has no name that leaves its directory, and no file that is not listed", () => {
    expect(isRight({ ok: { file: 0 } })).toBe(true);
    for (const name of ["..", ".", "a/b", ""]) expect(isRight({ [name]: { file: 0 } })).toBe(false);
    expect(isRight({ deep: { entries: { er: { file: 1 } } } })).toBe(false);
  });

  it("has a content whole, or a piece for each part of it, and none too many", () => {
    const { pieces, ...rest } = FILE;
    const [piece] = pieces;
    expect(isRight({}, { ...rest, rawSize: 0, pieces: [] })).toBe(true);
    expect(isRight({}, { ...rest, rawSize: 0, pieces })).toBe(false);
    expect(isRight({}, { ...rest, pieces: [] })).toBe(false);
    expect(isRight({}, { ...rest, rawSize: 3 * 4096, pieces })).toBe(true);
    expect(isRight({}, { ...rest, rawSize: 4097, pieces: [piece, piece] })).toBe(true);
    expect(isRight({}, { ...rest, rawSize: 4096, pieces: [piece, piece] })).toBe(false);
    expect(isRight({}, { ...rest, rawSize: 2 * 4096 + 1, pieces: [piece, piece] })).toBe(false);
  });
});
