import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { GuestMachine, Manifest, Snapshot } from "../../src/machine/manifest.ts";
import { saveAtPrompt } from "../../src/machine/node.ts";
import { hashOf, sha256, writeWhole } from "./cache.ts";
import { progress } from "./progress.ts";

/** What decides, besides the machine and the emulator, what a snapshot is. */
const SOURCES = [
  "src/machine/emulator.ts",
  "src/machine/frozen.ts",
  "src/machine/machine.ts",
  "src/machine/share/inodes.ts",
  "src/machine/share/server.ts",
  "tools/guest/snapshot.ts",
];

/** Where in the cache the snapshot of a machine is, for this emulator and this way of running it. */
export function snapshotFolder(
  root: string,
  cache: string,
  { inputHash }: GuestMachine,
  { wasm }: Manifest["engine"],
): string {
  const sources = SOURCES.map((path) => sha256(readFileSync(join(root, path))));
  const key = hashOf([inputHash, wasm.sha256, sources]);
  return join(cache, "snapshots", key.slice(0, 16));
}

/** The snapshot in that folder, if it has been taken. */
export function readSnapshot(folder: string): Snapshot | undefined {
  const record = join(folder, "snapshot.json");
  return existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
}

/**
 * Boots the published machine, saves it at its prompt, and stores that in `folder`.
 * It is another one each time: it holds the time and random bits of the boot it was taken from.
 */
export async function takeSnapshot(
  folder: string,
  output: string,
  name: string,
  machine: GuestMachine,
  { wasm }: Manifest["engine"],
): Promise<Snapshot> {
  progress(`${name}: booting it once, for a snapshot at the prompt`);
  const { state, share, instructions, terminal } = await saveAtPrompt(name, output);
  // Larger than zstd by a fifth, but browsers and Node undo it natively, in a quarter of the time.
  const stored = gzipSync(state, { level: constants.Z_BEST_COMPRESSION });
  const hash = sha256(stored);
  const path = `${name}/snapshot.${hash.slice(0, 10)}.bin`;
  writeWhole(join(folder, path), stored);
  const snapshot: Snapshot = {
    state: { path, size: stored.length, sha256: hash, encoding: "gzip", rawSize: state.length },
    engine: wasm.sha256,
    machine: machine.inputHash,
    terminal,
    share,
    instructions,
  };
  writeWhole(join(folder, "snapshot.json"), JSON.stringify(snapshot));
  return snapshot;
}
