import { concatBytes } from "@noble/hashes/utils.js";
import type { GuestSource } from "../files.ts";
import { PieceStore } from "./piece-store.ts";
import type { SharedContent } from "./tree.ts";

/** Pieces fetched before they are read, at most: a megabyte, as compressed a third of that. */
const MOST_AHEAD = 4;

/** Reads of a content without a gap, in bytes from its begin. */
interface Run {
  from: number;
  end: number;
}

/** Reads shared files: fetches the pieces that a read touches, and those that will be next. */
export class ShareContents {
  readonly #pieces: PieceStore;
  /** The last reads of each content. */
  readonly #runs = new Map<SharedContent, Run>();

  /** @param onFailure  told of each piece that could not be had; the guest gets an error for it */
  constructor(source: GuestSource, onFailure: (error: unknown) => void) {
    this.#pieces = new PieceStore(source, onFailure);
  }

  /** The machine was switched off: nobody waits any more for what is being fetched. */
  abandon(): void {
    this.#pieces.abandon();
    this.#runs.clear();
  }

  /**
   * Decoded bytes of a content: fewer than `count` at its end, none after it.
   * @throws MachineError `download`, `stalled`, `stale` or `integrity`, naming the piece
   */
  async read(content: SharedContent, offset: number, count: number): Promise<Uint8Array> {
    const end = Math.min(offset + count, content.rawSize);
    if (offset >= end) return new Uint8Array(0);
    const { pieceSize, pieces } = content;
    const first = Math.floor(offset / pieceSize);
    const next = Math.ceil(end / pieceSize);
    const touched = pieces.slice(first, next).map((piece) => this.#pieces.read(piece));
    const ahead = this.#piecesAhead(content, offset, end);
    for (const piece of pieces.slice(next, next + ahead)) this.#pieces.expect(piece);
    const read = await Promise.all(touched);
    const start = first * pieceSize;
    const [only] = read;
    // A content in one piece is large, and read bit by bit.
    const whole = read.length === 1 && only ? only : concatBytes(...read);
    return whole.subarray(offset - start, end - start);
  }

  /**
   * How many pieces to fetch after a read: as many as have been read on end. A program that is
   * started is read here and there, and needs few of its pieces.
   */
  #piecesAhead(content: SharedContent, offset: number, end: number): number {
    const before = this.#runs.get(content);
    const from = before?.end === offset ? before.from : offset;
    this.#runs.set(content, { from, end });
    return Math.min(Math.floor((end - from) / content.pieceSize), MOST_AHEAD);
  }
}
