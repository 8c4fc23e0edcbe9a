import { ZSTDDecoder } from "zstddec/stream";
import { MachineError } from "./errors.ts";
import { decoderForbidden } from "./forbidden.ts";
import type { GuestFile } from "./manifest.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Once a file is known to be the right one, memory is what is left; `errors.ts` reads it so. */
const STUCK = "out of memory, or damaged zstd data";

/**
 * Undoes the encoding of one file piece by piece, while it arrives: what is stored is never held whole.
 * Of what was not verified yet nothing may be used: trouble is told at the end, when the hash is known.
 */
export class Decoding {
  readonly #decoded: Bytes;
  #at = 0;
  /** Pieces that the decoder has not begun with. */
  readonly #waiting: Bytes[] = [];
  #ended = false;
  /** How often the decoder has taken one. */
  #taken = 0;
  #steps: Iterator<Uint8Array> | undefined;
  readonly #ready: Promise<void> | undefined;
  #trouble: unknown;

  constructor({ encoding, rawSize }: Pick<GuestFile, "encoding" | "rawSize">) {
    this.#decoded = new Uint8Array(rawSize);
    if (encoding === "identity") return;
    const decoder = new ZSTDDecoder();
    this.#ready = decoder.init().then(
      () => {
        this.#steps = decoder.decodeStreaming(this.#pieces());
        this.#run();
      },
      (thrown) => {
        // As `fetch` fails. What WebAssembly itself says is no TypeError, and understood elsewhere.
        throw thrown instanceof TypeError ? new MachineError(decoderForbidden()) : thrown;
      },
    );
    // Whoever waits for the end is told.
    this.#ready.catch(() => {});
  }

  /** Takes the next bytes of the file as it is stored. Keeps `piece` for a while. */
  push(piece: Bytes): void {
    if (!this.#ready) this.#keep(piece);
    else if (piece.length > 0 && !this.#trouble) this.#waiting.push(piece);
    this.#run();
  }

  /**
   * The file, after its last piece.
   * @throws Error when the pieces were not encoded so, or hold more or less than was said, or there was
   *   no memory for them; MachineError `forbidden`, and whatever else keeps the decoder from being compiled
   */
  async end(): Promise<Bytes> {
    await this.#ready;
    this.#ended = true;
    this.#run();
    if (this.#trouble) throw this.#trouble;
    if (this.#at !== this.#decoded.length)
      throw new Error(`${this.#at} bytes were decoded, not ${this.#decoded.length}`);
    return this.#decoded;
  }

  /** Gives the decoder's memory back where the rest will not come. */
  drop(): void {
    this.#waiting.length = 0;
    this.#ended = true;
    this.#run();
  }

  *#pieces(): Generator<Bytes> {
    for (let piece = this.#waiting.shift(); piece; piece = this.#waiting.shift()) {
      this.#taken++;
      yield piece;
    }
  }

  /** Each step takes at most one piece, so that it may be done only while one waits, or none will come. */
  #run(): void {
    try {
      while (this.#steps && (this.#waiting.length > 0 || this.#ended)) {
        const before = this.#taken;
        const { done, value } = this.#steps.next();
        if (done) this.#steps = undefined;
        // The library does not look at zstd's errors: it would try the same bytes again for ever. It has
        // no way to be ended then, so that what it holds stays until the worker ends.
        else if (value.length === 0 && this.#taken === before) throw new Error(STUCK);
        else this.#keep(value);
      }
    } catch (thrown) {
      this.#trouble ??= thrown;
      this.#steps = undefined;
    }
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#decoded.length - this.#at;
    this.#decoded.set(bytes.subarray(0, room), this.#at);
    this.#at += bytes.length;
  }
}
