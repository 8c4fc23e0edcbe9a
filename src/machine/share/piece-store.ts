import { type GuestSource, readVerified } from "../files.ts";
import type { GuestFile } from "../manifest.ts";

/** Decoded bytes kept beside the guest's own page cache, which asks for a piece bit by bit. */
const KEPT_BYTES = 16 * 1024 * 1024;

interface Kept {
  /** Bytes, decoded. */
  size: number;
  content: Promise<Uint8Array>;
  /** Whether the guest waits for it, or did. */
  asked: boolean;
}

/** Fetches stored files of the shared tree, each once at a time, verifies and keeps some of them. */
export class PieceStore {
  readonly #source: GuestSource;
  readonly #onFailure: (error: unknown) => void;
  /** By hash; the least recently read first. */
  readonly #kept = new Map<string, Kept>();
  /** Those whose last copy was not to be had: the next try passes every cache. */
  readonly #failed = new Set<string>();
  /** Ends what is being fetched. */
  #fetching = new AbortController();

  /** @param onFailure  told of each file that was asked for and could not be had */
  constructor(source: GuestSource, onFailure: (error: unknown) => void) {
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** Nobody waits any more for what is being fetched. */
  abandon(): void {
    this.#fetching.abort();
    this.#fetching = new AbortController();
  }

  /** A file's decoded bytes. @throws MachineError `download`, `stalled`, `stale` or `integrity` */
  read(file: GuestFile): Promise<Uint8Array> {
    const kept = this.#kept.get(file.sha256) ?? this.#begin(file);
    kept.asked = true;
    this.#kept.delete(file.sha256);
    this.#kept.set(file.sha256, kept);
    this.#trim();
    return kept.content;
  }

  /** Begins to fetch what will probably be read. What has failed before waits until it is asked for. */
  expect(file: GuestFile): void {
    if (this.#kept.has(file.sha256) || this.#failed.has(file.sha256)) return;
    const kept = this.#begin(file);
    kept.content.catch(() => {});
    this.#kept.set(file.sha256, kept);
    this.#trim();
  }

  #begin(file: GuestFile): Kept {
    const content = this.#fetch(file, () => kept.asked);
    const kept: Kept = { size: file.rawSize, content, asked: false };
    return kept;
  }

  async #fetch(file: GuestFile, isAsked: () => boolean): Promise<Uint8Array> {
    const { signal } = this.#fetching;
    try {
      const fresh = this.#failed.has(file.sha256);
      const content = await readVerified(this.#source, file, { fresh, signal }, () => {});
      this.#failed.delete(file.sha256);
      return content;
    } catch (thrown) {
      this.#kept.delete(file.sha256);
      if (signal.aborted) throw thrown;
      this.#failed.add(file.sha256);
      if (isAsked()) this.#onFailure(thrown);
      throw thrown;
    }
  }

  /** Drops the least recently read files beyond what is kept. */
  #trim(): void {
    let total = 0;
    for (const [hash, { size }] of [...this.#kept].reverse()) {
      total += size;
      // The last one read stays, however large it is.
      if (total > KEPT_BYTES && total > size) this.#kept.delete(hash);
    }
  }
}
