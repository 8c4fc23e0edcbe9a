import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import type { GuestFile } from "../../src/machine/manifest.ts";
import { sha256, writeWhole } from "./cache.ts";

/** The strongest level, and a window (2^24 bytes) as large as the largest part. */
const ZSTD_PARAMS = {
  [constants.ZSTD_c_compressionLevel]: 22,
  [constants.ZSTD_c_windowLog]: 24,
};

/** The bytes as they are served: zstd, without a checksum of its own. */
export function compress(raw: Uint8Array): Uint8Array {
  return zstdCompressSync(raw, { params: ZSTD_PARAMS });
}

/**
 * Compresses one part of a machine into `folder`, under a name that holds its hash.
 * @returns its record in the manifest
 */
export function storeFile(folder: string, group: string, part: string, raw: Uint8Array): GuestFile {
  const stored = compress(raw);
  const hash = sha256(stored);
  const path = `${group}/${part}.${hash.slice(0, 10)}.bin`;
  writeWhole(join(folder, path), stored);
  return { path, size: stored.length, sha256: hash, encoding: "zstd", rawSize: raw.length };
}
