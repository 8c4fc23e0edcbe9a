import { concatBytes } from "@noble/hashes/utils.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Smallest unit of memory that is kept or left out: a page of the x86. */
export const PAGE_BYTES = 4096;
const WORD_BYTES = 4;

/**
 * A machine at rest: the state of its devices in v86's format, without memory, and beside it the
 * stretches of memory that are not all zeros. v86's own state has the memory inside, and copies it
 * twice when it restores.
 *
 * As bytes, all numbers unsigned and little-endian: `length of state`, `number of stretches`, for
 * each stretch its `first page` and `number of pages`, the state, the pages one after another.
 */
export interface Frozen {
  state: Bytes;
  memory: { address: number; content: Bytes }[];
}

/** The stretches of `memory` that hold anything, in whole pages; views, not copies. */
export function stretchesOf(memory: Bytes): Frozen["memory"] {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length / WORD_BYTES);
  const perPage = PAGE_BYTES / WORD_BYTES;
  const found: { from: number; to: number }[] = [];
  for (let page = 0; page < words.length / perPage; page++) {
    if (words.subarray(page * perPage, (page + 1) * perPage).every((word) => word === 0)) continue;
    const last = found.at(-1);
    if (last?.to === page) last.to++;
    else found.push({ from: page, to: page + 1 });
  }
  return found.map(({ from, to }) => ({
    address: from * PAGE_BYTES,
    content: memory.subarray(from * PAGE_BYTES, to * PAGE_BYTES),
  }));
}

/** One file of a machine at rest. */
export function packFrozen({ state, memory }: Frozen): Bytes {
  const head = Uint32Array.of(
    state.length,
    memory.length,
    ...memory.flatMap(({ address, content }) => [
      address / PAGE_BYTES,
      content.length / PAGE_BYTES,
    ]),
  );
  const headBytes = new Uint8Array(head.buffer);
  return concatBytes(headBytes, state, ...memory.map(({ content }) => content));
}

/** What {@link packFrozen} was given; the memory as views of `packed`. */
export function unpackFrozen(packed: Bytes): Frozen {
  const head = new DataView(packed.buffer, packed.byteOffset);
  const word = (index: number) => head.getUint32(index * WORD_BYTES, true);
  const stretches = word(1);
  let at = (2 + 2 * stretches) * WORD_BYTES;
  // v86 wants a buffer of its own.
  const state = packed.slice(at, at + word(0));
  at += state.length;
  const memory = Array.from({ length: stretches }, (_, index) => {
    const length = word(3 + 2 * index) * PAGE_BYTES;
    const content = packed.subarray(at, at + length);
    at += length;
    return { address: word(2 + 2 * index) * PAGE_BYTES, content };
  });
  if (at !== packed.length) throw new Error("a snapshot that is not as long as it says");
  return { state, memory };
}
