import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GuestFile } from "../../src/machine/manifest.ts";
import { piecePath, type ShareIndex, type ShareNode } from "../../src/machine/share/tree.ts";
import { sha256, writeWhole } from "./cache.ts";
import type { CpioEntry } from "./cpio.ts";
import { GuestBuildError } from "./errors.ts";
import { compress, storeFile } from "./store.ts";

const GROUP = "share";
/** How contents are cut, in bytes before they are compressed. */
export interface Cut {
  /** The largest content that stays in one file. */
  whole: number;
  /** A piece of a larger one. */
  piece: number;
}
/** Why these: docs/decisions/0016-large-files-in-pieces.md. */
const CUT: Cut = { whole: 4 * 1024 * 1024, piece: 256 * 1024 };
/** Beginnings of gzip and zstd data: compressing it again gains nothing. */
const COMPRESSED = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Modes that the index does not write down. */
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

type Content = ShareIndex["files"][number];
type Directory = Extract<ShareNode, { entries: unknown }>;

/** Writes a shared tree's contents into a folder, and then the index that names them. */
export class ShareWriter {
  readonly #folder: string;
  readonly #cut: Cut;
  readonly #root: Directory = { entries: {} };
  readonly #files: Content[] = [];
  /** Place in `files` by the hash of the content. */
  readonly #known = new Map<string, number>();

  constructor(folder: string, cut = CUT) {
    this.#folder = folder;
    this.#cut = cut;
  }

  /** Adds one entry and the directories above it. @throws GuestBuildError when its name is taken */
  add(entry: CpioEntry): void {
    const names = entry.path.split("/");
    const name = names.pop() ?? "";
    const parent = this.#directory(names);
    const known = parent.entries[name];
    if (entry.kind === "directory" && known && "entries" in known) {
      if (entry.mode !== DIRECTORY_MODE) known.mode = entry.mode;
      return;
    }
    const node = this.#node(entry);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(node))
      throw new GuestBuildError(`the shared tree has two different ${entry.path}`);
    parent.entries[name] = node;
  }

  /** Writes the index. Entries are sorted, so the same entries in any order give the same bytes. */
  finish(): GuestFile {
    const order: number[] = [];
    const root = sorted(this.#root, order) as Directory;
    const files = order.map((file) => this.#files[file] as Content);
    const index: ShareIndex = { schema: 2, pieceSize: this.#cut.piece, files, root };
    return storeFile(this.#folder, GROUP, "index", Buffer.from(JSON.stringify(index)));
  }

  #node(entry: CpioEntry): ShareNode {
    switch (entry.kind) {
      case "directory":
        return entry.mode === DIRECTORY_MODE ? { entries: {} } : { entries: {}, mode: entry.mode };
      case "link":
        return { link: entry.target };
      case "file": {
        const file = this.#content(entry.data);
        return entry.mode === FILE_MODE ? { file } : { file, mode: entry.mode };
      }
      case "device":
        throw new GuestBuildError(`${entry.path}: the shared tree can have no devices`);
    }
  }

  #content(data: Uint8Array): number {
    const hash = sha256(data);
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const packed = COMPRESSED.some((magic) => magic.every((byte, at) => data[at] === byte));
    const encoding = packed ? "identity" : "zstd";
    const pieces: Content["pieces"] = [];
    const pieceSize = data.length > this.#cut.whole ? this.#cut.piece : data.length;
    for (let at = 0; at < data.length; at += pieceSize)
      pieces.push(this.#piece(data.subarray(at, at + pieceSize), encoding));
    this.#files.push({ rawSize: data.length, encoding, pieces });
    this.#known.set(hash, this.#files.length - 1);
    return this.#files.length - 1;
  }

  #piece(data: Uint8Array, encoding: Content["encoding"]): Content["pieces"][number] {
    const stored = encoding === "identity" ? data : compress(data);
    const hash = sha256(stored);
    const path = join(this.#folder, piecePath(hash));
    if (!existsSync(path)) writeWhole(path, stored);
    return { size: stored.length, sha256: hash };
  }

  #directory(names: readonly string[]): Directory {
    let at = this.#root;
    for (const [depth, name] of names.entries()) {
      at.entries[name] ??= { entries: {} };
      const next = at.entries[name];
      if (!("entries" in next))
        throw new GuestBuildError(`${names.slice(0, depth + 1).join("/")} is not a directory`);
      at = next;
    }
    return at;
  }
}

/** The node with its entries in the order of their names, and its files numbered in that order. */
function sorted(node: ShareNode, order: number[]): ShareNode {
  if ("file" in node) {
    let file = order.indexOf(node.file);
    if (file < 0) file = order.push(node.file) - 1;
    return { ...node, file };
  }
  if ("link" in node) return node;
  const names = Object.keys(node.entries).sort();
  return {
    ...node,
    entries: Object.fromEntries(
      names.map((name) => [name, sorted(node.entries[name] as ShareNode, order)]),
    ),
  };
}
