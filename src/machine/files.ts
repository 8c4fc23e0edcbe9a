import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Decoding } from "./decoding.ts";
import { MachineError } from "./errors.ts";
import { type GuestFile, type Manifest, manifestSchema } from "./manifest.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the built machines are read from: a web server, or a folder under Node. */
export interface GuestSource {
  /**
   * Opens a file below the guest folder.
   * @param fresh  bypass every cache, after a damaged copy was seen
   * @param signal  ends the reading, the stream's too
   * @throws Error with a one-line reason when it cannot be had
   */
  open(path: string, options: OpenOptions): Promise<ReadableStream<Uint8Array>>;
}

export interface OpenOptions {
  fresh: boolean;
  signal: AbortSignal;
}

/** How a file is to be read. */
export interface ReadOptions {
  /** Bypass every cache, after a damaged copy was seen. */
  fresh: boolean;
  /** Ends the reading at once; whoever reads is told by what the signal was aborted with. */
  signal?: AbortSignal | undefined;
}

/**
 * Without a byte for so long a download counts as stalled. Browsers wait for ever; a pause that a
 * network recovers from is shorter (four tries of TCP after a loss, RFC 6298, take 15 s).
 */
const STALL_MS = 30_000;

/** Reads the machines from the site's own server. `base` ends with a slash. */
export function httpSource(base: string): GuestSource {
  return {
    async open(path, { fresh, signal }) {
      const cache = fresh ? "reload" : "default";
      const response = await fetch(new URL(path, base), { cache, signal });
      if (GONE.has(response.status)) throw new GoneError(`HTTP ${response.status}`);
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      return response.body;
    },
  };
}

/** Statuses of a server that answers and has no such file (RFC 9110, 15.5.5 and 15.5.11). */
const GONE: ReadonlySet<number> = new Set([404, 410]);

/** The server answers, and has no such file. */
class GoneError extends Error {
  override readonly name = "GoneError";
}

/** Reads and validates `manifest.json`. @throws MachineError `download`, `stalled` or `manifest` */
export async function readManifest(source: GuestSource, options: ReadOptions): Promise<Manifest> {
  const file = "manifest.json";
  const text = await readText(source, file, options);
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MachineError({ code: "manifest", params: { file, reason: reason.slice(0, 500) } });
  }
}

/**
 * Reads a text of which nothing is known beforehand.
 * @throws MachineError `download` or `stalled`; whatever `signal` was aborted with
 */
export async function readText(
  source: GuestSource,
  path: string,
  options: ReadOptions,
): Promise<string> {
  const pieces: Bytes[] = [];
  await readPieces(source, { path, size: 0 }, options, (piece) => pieces.push(piece));
  return new Blob(pieces).text();
}

/**
 * Reads one file, checks its length and SHA-256 against the manifest, and undoes its encoding meanwhile.
 * @param onBytes  called with the number of stored bytes of each piece as it arrives
 * @returns the decoded bytes
 * @throws MachineError `download` when it did not arrive whole, `stalled` when nothing came any more,
 *   `stale` when the server has it no more, `integrity` when it is not the file; whatever `signal` was
 *   aborted with, and what {@link Decoding.end} throws
 */
export async function readVerified(
  source: GuestSource,
  file: GuestFile,
  options: ReadOptions,
  onBytes: (count: number) => void,
): Promise<Bytes> {
  const hash = sha256.create();
  const decoding = new Decoding(file);
  try {
    const received = await readPieces(source, file, options, (piece) => {
      hash.update(piece);
      decoding.push(piece);
      onBytes(piece.length);
    });
    if (received < file.size)
      throw download(file.path, new Error("ended early"), received, file.size);
    verify(file, bytesToHex(hash.digest()), received);
    return await decoding.end();
  } catch (thrown) {
    decoding.drop();
    throw thrown;
  }
}

/** @throws MachineError `integrity` */
function verify({ path, sha256, size }: GuestFile, got: string, gotSize: number): void {
  if (got === sha256 && gotSize === size) return;
  const params = { file: path, expected: sha256, got, expectedSize: size, gotSize };
  throw new MachineError({ code: "integrity", params });
}

function download(file: string, thrown: unknown, received: number, total: number): MachineError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new MachineError({ code: "download", params: { file, reason, received, total } });
}

/** Reads a file piece by piece, and gives up when nothing comes any more. @returns how many bytes came */
async function readPieces(
  source: GuestSource,
  { path, size }: Pick<GuestFile, "path" | "size">,
  { fresh, signal }: ReadOptions,
  take: (piece: Bytes) => void,
): Promise<number> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener("abort", () => reject(ending.signal.reason));
  });
  ended.catch(() => {});
  const abort = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  let received = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expectMore = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const params = { file: path, seconds: STALL_MS / 1000, received, total: size };
      ending.abort(new MachineError({ code: "stalled", params }));
    }, STALL_MS);
  };
  try {
    expectMore();
    const opening = source.open(path, { fresh, signal: ending.signal });
    const reader = (await Promise.race([opening, ended])).getReader();
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), ended]);
      if (done) return received;
      received += value.length;
      take(value as Bytes);
      expectMore();
    }
  } catch (thrown) {
    if (signal?.aborted || thrown instanceof MachineError) throw thrown;
    // What is listed was there when the list was made: most likely the site has been published anew since.
    if (thrown instanceof GoneError && size > 0)
      throw new MachineError({ code: "stale", params: { file: path } });
    throw download(path, thrown, received, size);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
