import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { decompress } from "fzstd";
import { MachineError } from "./errors.ts";
import { type GuestFile, type Manifest, manifestSchema } from "./manifest.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the built machines are read from: a web server, or a folder under Node. */
export interface GuestSource {
  /**
   * Opens a file below the guest folder.
   * @param fresh  bypass every cache, after a damaged copy was seen
   * @throws Error with a one-line reason when it cannot be had
   */
  open(path: string, options: { fresh: boolean }): Promise<ReadableStream<Uint8Array>>;
}

/** Reads the machines from the site's own server. `base` ends with a slash. */
export function httpSource(base: string): GuestSource {
  return {
    async open(path, { fresh }) {
      const response = await fetch(new URL(path, base), { cache: fresh ? "reload" : "default" });
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      return response.body;
    },
  };
}

/** Reads and validates `manifest.json`. */
export async function readManifest(source: GuestSource, fresh: boolean): Promise<Manifest> {
  const file = "manifest.json";
  let text: string;
  try {
    text = await new Response(await source.open(file, { fresh })).text();
  } catch (thrown) {
    throw download(file, thrown, 0, 0);
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MachineError({ code: "manifest", params: { file, reason: reason.slice(0, 500) } });
  }
}

/**
 * Reads one file whole and checks its length and SHA-256 against the manifest.
 * @param onBytes  called with the number of bytes of each piece as it arrives
 * @returns the bytes as they are stored: see {@link decode}
 * @throws MachineError `download` when it did not arrive whole, `integrity` when it is not the file
 */
export async function readVerified(
  source: GuestSource,
  file: GuestFile,
  fresh: boolean,
  onBytes: (count: number) => void,
): Promise<Bytes> {
  const hash = sha256.create();
  const pieces: Bytes[] = [];
  let received = 0;
  try {
    const reader = (await source.open(file.path, { fresh })).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      received += value.length;
      hash.update(value);
      pieces.push(value as Bytes);
      onBytes(value.length);
    }
  } catch (thrown) {
    throw download(file.path, thrown, received, file.size);
  }
  if (received < file.size)
    throw download(file.path, new Error("ended early"), received, file.size);
  const got = bytesToHex(hash.digest());
  if (got !== file.sha256 || received !== file.size)
    throw new MachineError({
      code: "integrity",
      params: {
        file: file.path,
        expected: file.sha256,
        got,
        expectedSize: file.size,
        gotSize: received,
      },
    });
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Undoes the encoding of a verified file. */
export async function decode(file: GuestFile, stored: Bytes): Promise<Bytes> {
  if (file.encoding === "identity") return stored;
  const decoded = new Uint8Array(file.rawSize);
  if (file.encoding === "zstd") {
    decompress(stored, decoded);
    return decoded;
  }
  let at = 0;
  for await (const piece of new Blob([stored])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))) {
    decoded.set(piece, at);
    at += piece.length;
  }
  return decoded;
}

function download(file: string, thrown: unknown, received: number, total: number): MachineError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new MachineError({ code: "download", params: { file, reason, received, total } });
}
