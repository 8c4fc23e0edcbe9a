import type { Inode } from "./inodes.ts";
import { HEADER_BYTES, MessageReader, MessageWriter } from "./message.ts";
import type { SharedContent } from "./tree.ts";

/** Requests we answer; a reply's type is its request's plus one (9P2000.L, as in Linux's net/9p/9p.h). */
const T = {
  lerror: 6,
  statfs: 8,
  lopen: 12,
  readlink: 22,
  getattr: 24,
  xattrwalk: 30,
  readdir: 40,
  version: 100,
  attach: 104,
  flush: 108,
  walk: 110,
  read: 116,
  clunk: 120,
} as const;

/** Error numbers of Linux on x86 (asm-generic/errno-base.h, errno.h). */
const E = {
  NOENT: 2,
  IO: 5,
  BADF: 9,
  NOTDIR: 20,
  INVAL: 22,
  ROFS: 30,
  PROTO: 71,
  MSGSIZE: 90,
  NOTSUP: 95,
} as const;

const VERSION = "9P2000.L";
/** Largest message we take part in; Linux asks for 128 KiB and less. */
const MAX_MESSAGE = 512 * 1024;
/** Smallest one: Linux's own client refuses less (net/9p/client.c). */
const MIN_MESSAGE = 4096;
/** Names in one walk (P9_MAXWELEM); so many fit into any reply. */
const MAX_NAMES = 16;
/** The tag of an answer to a message that is too short to have one (P9_NOTAG). */
const NO_TAG = 0xffff;
/** A read reply's fields before its data. */
const READ_OVERHEAD = HEADER_BYTES + 4;
/** Access modes of open(2) that write, and the flag that cuts a file to nothing. */
const O_ACCMODE = 3;
const O_TRUNC = 0o1000;
/** File types of a mode, qid types, and directory entry types (stat(2), 9P2000, readdir(3)). */
const KIND = {
  directory: { type: 0o040000, qid: 0x80, entry: 4 },
  file: { type: 0o100000, qid: 0x00, entry: 8 },
  link: { type: 0o120000, qid: 0x02, entry: 10 },
} as const;
const LINK_MODE = 0o777;
/** What getattr tells: mode to blocks (P9_GETATTR_BASIC). */
const GETATTR_BASIC = 0x7ff;
const BLOCK = 4096;
/** statfs type of 9P in Linux (linux/magic.h: V9FS_MAGIC). */
const V9FS_MAGIC = 0x01021997;

/** Gives decoded bytes of a content: fewer at its end, none after it. @throws when they cannot be had */
export type ReadContent = (
  content: SharedContent,
  offset: number,
  count: number,
) => Promise<Uint8Array>;

class Refusal extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/**
 * A read-only file server for one guest: 9P2000.L over the numbered nodes of a shared tree. Of a file's
 * content only what the guest reads is asked for; a failure there is `EIO` for the guest.
 */
export class ShareServer {
  readonly #inodes: readonly Inode[];
  readonly #read: ReadContent;
  /** Which node each of the guest's handles (fids) stands for. */
  readonly #fids = new Map<number, number>();
  #maxMessage = MAX_MESSAGE;

  constructor(inodes: readonly Inode[], read: ReadContent) {
    this.#inodes = inodes;
    this.#read = read;
  }

  /** What a snapshot must keep: the message size agreed on, and pairs of handle and node. */
  get state(): ShareState {
    return { maxMessage: this.#maxMessage, fids: [...this.#fids] };
  }

  set state({ maxMessage, fids }: ShareState) {
    this.#maxMessage = maxMessage;
    this.#fids.clear();
    for (const [fid, inode] of fids) this.#fids.set(fid, inode);
  }

  /** Answers one request. Never rejects: whatever goes wrong is an error reply. */
  async answer(request: Uint8Array): Promise<Uint8Array> {
    let tag = NO_TAG;
    try {
      const fields = new MessageReader(request);
      fields.u32();
      const type = fields.u8();
      tag = fields.u16();
      const reply = new MessageWriter();
      await this.#handle(type, fields, reply);
      if (reply.length > this.#maxMessage) throw new Refusal(E.MSGSIZE);
      return reply.finish(type + 1, tag);
    } catch (thrown) {
      const errno =
        thrown instanceof Refusal ? thrown.errno : thrown instanceof RangeError ? E.PROTO : E.IO;
      return new MessageWriter().u32(errno).finish(T.lerror + 1, tag);
    }
  }

  #handle(type: number, fields: MessageReader, reply: MessageWriter): Promise<void> | void {
    switch (type) {
      case T.version:
        return this.#version(fields, reply);
      case T.attach:
        return this.#attach(fields, reply);
      case T.walk:
        return this.#walk(fields, reply);
      case T.lopen:
        return this.#open(fields, reply);
      case T.read:
        return this.#readFile(fields, reply);
      case T.readdir:
        return this.#readDirectory(fields, reply);
      case T.getattr:
        return this.#getattr(fields, reply);
      case T.readlink:
        return this.#readlink(fields, reply);
      case T.statfs:
        return this.#statfs(reply);
      case T.clunk:
        this.#fids.delete(fields.u32());
        return;
      case T.flush:
        return;
      case T.xattrwalk:
        throw new Refusal(E.NOTSUP);
      default:
        // Every other request of 9P2000.L changes something.
        throw new Refusal(E.ROFS);
    }
  }

  #version(fields: MessageReader, reply: MessageWriter): void {
    const [asked, version] = [fields.u32(), fields.text()];
    if (asked < MIN_MESSAGE) throw new Refusal(E.INVAL);
    this.#maxMessage = Math.min(asked, MAX_MESSAGE);
    this.#fids.clear();
    reply.u32(this.#maxMessage).text(version === VERSION ? VERSION : "unknown");
  }

  #attach(fields: MessageReader, reply: MessageWriter): void {
    const root = this.#inode(0);
    this.#fids.set(fields.u32(), root.id);
    writeQid(reply, root);
  }

  /** As many names as can be walked are told; the new handle exists only if all were. */
  #walk(fields: MessageReader, reply: MessageWriter): void {
    let at = this.#of(fields.u32());
    const newFid = fields.u32();
    const count = fields.u16();
    if (count > MAX_NAMES) throw new Refusal(E.INVAL);
    const passed: Inode[] = [];
    for (let step = 0; step < count; step++) {
      const next = this.#child(at, fields.text());
      if (!next) {
        if (step === 0) throw new Refusal(at.kind === "directory" ? E.NOENT : E.NOTDIR);
        break;
      }
      at = next;
      passed.push(next);
    }
    if (passed.length === count) this.#fids.set(newFid, at.id);
    reply.u16(passed.length);
    for (const inode of passed) writeQid(reply, inode);
  }

  #open(fields: MessageReader, reply: MessageWriter): void {
    const inode = this.#of(fields.u32());
    const flags = fields.u32();
    if ((flags & O_ACCMODE) !== 0 || (flags & O_TRUNC) !== 0) throw new Refusal(E.ROFS);
    writeQid(reply, inode);
    // 0: the client may read as much as a message holds.
    reply.u32(0);
  }

  async #readFile(fields: MessageReader, reply: MessageWriter): Promise<void> {
    const inode = this.#of(fields.u32());
    const offset = fields.u64();
    const count = Math.min(fields.u32(), this.#maxMessage - READ_OVERHEAD);
    if (inode.kind !== "file") throw new Refusal(E.INVAL);
    const data = await this.#read(inode.content, offset, count);
    reply.u32(data.length).bytes(data);
  }

  #readDirectory(fields: MessageReader, reply: MessageWriter): void {
    const inode = this.#of(fields.u32());
    const offset = fields.u64();
    const count = Math.min(fields.u32(), this.#maxMessage - READ_OVERHEAD);
    if (inode.kind !== "directory") throw new Refusal(E.NOTDIR);
    const entries: [string, number][] = [[".", inode.id], ["..", inode.parent], ...inode.entries];
    const data = new MessageWriter();
    for (const [index, [name, id]] of entries.entries()) {
      if (index < offset) continue;
      const entry = new MessageWriter();
      const child = this.#inode(id);
      writeQid(entry, child);
      entry
        .u64(index + 1)
        .u8(KIND[child.kind].entry)
        .text(name);
      const bytes = entry.finish(0, 0).subarray(HEADER_BYTES);
      if (data.length - HEADER_BYTES + bytes.length > count) break;
      data.bytes(bytes);
    }
    const bytes = data.finish(0, 0).subarray(HEADER_BYTES);
    reply.u32(bytes.length).bytes(bytes);
  }

  #getattr(fields: MessageReader, reply: MessageWriter): void {
    const inode = this.#of(fields.u32());
    const size = sizeOf(inode);
    reply.u64(GETATTR_BASIC);
    writeQid(reply, inode);
    const mode = inode.kind === "link" ? LINK_MODE : inode.mode;
    reply
      .u32(KIND[inode.kind].type | mode)
      .u32(0)
      .u32(0);
    reply.u64(inode.kind === "directory" ? 2 : 1).u64(0);
    reply
      .u64(size)
      .u64(BLOCK)
      .u64(Math.ceil(size / 512));
    // Access, modification, change and birth time in seconds and nanoseconds; generation; version.
    for (let field = 0; field < 10; field++) reply.u64(0);
  }

  #readlink(fields: MessageReader, reply: MessageWriter): void {
    const inode = this.#of(fields.u32());
    if (inode.kind !== "link") throw new Refusal(E.INVAL);
    reply.text(inode.target);
  }

  #statfs(reply: MessageWriter): void {
    const blocks = this.#inodes.reduce((sum, inode) => sum + Math.ceil(sizeOf(inode) / BLOCK), 0);
    reply.u32(V9FS_MAGIC).u32(BLOCK).u64(blocks).u64(0).u64(0);
    reply.u64(this.#inodes.length).u64(0).u64(0).u32(255);
  }

  #child(inode: Inode, name: string): Inode | undefined {
    if (inode.kind !== "directory") return undefined;
    if (name === "..") return this.#inode(inode.parent);
    const id = inode.entries.get(name);
    return id === undefined ? undefined : this.#inode(id);
  }

  #of(fid: number): Inode {
    const id = this.#fids.get(fid);
    if (id === undefined) throw new Refusal(E.BADF);
    return this.#inode(id);
  }

  #inode(id: number): Inode {
    const inode = this.#inodes[id];
    if (!inode) throw new Refusal(E.IO);
    return inode;
  }
}

/** A server's state as plain data. */
export interface ShareState {
  maxMessage: number;
  fids: [fid: number, inode: number][];
}

function sizeOf(inode: Inode): number {
  if (inode.kind === "file") return inode.content.rawSize;
  return inode.kind === "link" ? new TextEncoder().encode(inode.target).length : BLOCK;
}

function writeQid(reply: MessageWriter, inode: Inode): void {
  reply.u8(KIND[inode.kind].qid).u32(0).u64(inode.id);
}
