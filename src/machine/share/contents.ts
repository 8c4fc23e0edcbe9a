import { decode, type GuestSource, readVerified } from "../files.ts";
import type { GuestFile } from "../manifest.ts";

/** Decoded bytes kept beside the guest's own page cache, for files read in several pieces. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Fetches the contents of shared files when they are first read, verifies and keeps some of them. */
export class ShareContents {
  readonly #source: GuestSource;
  readonly #onFailure: (error: unknown) => void;
  /** By hash; the least recently read first. */
  readonly #kept = new Map<string, { size: number; content: Promise<Uint8Array> }>();
  /** Files whose last copy was not to be had: the next try passes every cache. */
  readonly #failed = new Set<string>();
  /** Ends what is being fetched. */
  #fetching = new AbortController();

  /** @param onFailure  told of each file that could not be had; the guest gets an error for it */
  constructor(source: GuestSource, onFailure: (error: unknown) => void) {
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** The machine was switched off: nobody waits any more for what is being fetched. */
  abandon(): void {
    this.#fetching.abort();
    this.#fetching = new AbortController();
  }

  /** A file's decoded bytes. @throws MachineError `download`, `stalled` or `integrity` */
  read(file: GuestFile): Promise<Uint8Array> {
    const kept = this.#kept.get(file.sha256) ?? {
      size: file.rawSize,
      content: this.#fetch(file),
    };
    this.#kept.delete(file.sha256);
    this.#kept.set(file.sha256, kept);
    this.#trim();
    return kept.content;
  }

  async #fetch(file: GuestFile): Promise<Uint8Array> {
    const { signal } = this.#fetching;
    try {
      const fresh = this.#failed.has(file.sha256);
      const stored = await readVerified(this.#source, file, { fresh, signal }, () => {});
      const content = await decode(file, stored);
      this.#failed.delete(file.sha256);
      return content;
    } catch (thrown) {
      this.#kept.delete(file.sha256);
      if (signal.aborted) throw thrown;
      this.#failed.add(file.sha256);
      this.#onFailure(thrown);
      throw thrown;
    }
  }

  /** Drops the least recently read contents beyond what is kept. */
  #trim(): void {
    let total = 0;
    for (const [hash, { size }] of [...this.#kept].reverse()) {
      total += size;
      // The last one read stays, however large it is.
      if (total > KEPT_BYTES && total > size) this.#kept.delete(hash);
    }
  }
}
