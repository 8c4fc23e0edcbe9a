import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GuestMachine, Manifest, Snapshot } from "../../src/machine/manifest.ts";
import {
  folderSource,
  overlaySource,
  type Preparation,
  SnapshotError,
  saveAtPrompt,
  tryRestore,
} from "../../src/machine/node.ts";
import { hashOf, sha256, writeWhole } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import { modulesOf } from "./imports.ts";
import { progress } from "./progress.ts";
import { compress } from "./store.ts";

/** This module, from the repository's root. */
const SELF = "tools/guest/snapshot.ts";

/**
 * Where in the cache the snapshot of a machine is. Besides the machine and the emulator, all that runs
 * when one is taken decides what it is.
 */
export function snapshotFolder(
  root: string,
  cache: string,
  { inputHash }: GuestMachine,
  { version, wasm }: Manifest["engine"],
): string {
  const sources = modulesOf(root, [SELF]).map((path) => [
    path,
    sha256(readFileSync(join(root, path))),
  ]);
  const key = hashOf([inputHash, version, wasm.sha256, sources]);
  return join(cache, "snapshots", key.slice(0, 16));
}

/** The snapshot in that folder, if it has been taken. */
export function readSnapshot(folder: string): Snapshot | undefined {
  const record = join(folder, "snapshot.json");
  return existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
}

/**
 * Boots a machine, prepares it, saves it at its prompt, restores it once as a reader's page does, and, if it then
 * answers, stores the snapshot in `folder`. It is another one each time: it holds the time and random
 * bits of the boot it was taken from.
 * @param output  where the machine's files have been published
 * @throws GuestBuildError with what the guest said, when it could not be saved or does not answer;
 *   nothing is stored then
 */
export async function takeSnapshot(
  folder: string,
  output: string,
  name: string,
  machine: GuestMachine,
  engine: Manifest["engine"],
  preparation: Preparation = {},
): Promise<Snapshot> {
  const published = folderSource(output);
  const withManifest = (of: GuestMachine, more: Record<string, Uint8Array<ArrayBuffer>> = {}) => {
    const manifest: Manifest = { schema: 1, engine, machines: { [name]: of } };
    return overlaySource({ "manifest.json": JSON.stringify(manifest), ...more }, published);
  };
  try {
    progress(`${name}: booting it once, for a snapshot at the prompt`);
    const { state, share, instructions, terminal } = await saveAtPrompt(
      name,
      withManifest(machine),
      preparation,
    );
    const stored = new Uint8Array(compress(state));
    const hash = sha256(stored);
    const path = `${name}/snapshot.${hash.slice(0, 10)}.bin`;
    const snapshot: Snapshot = {
      state: { path, size: stored.length, sha256: hash, encoding: "zstd", rawSize: state.length },
      engine: engine.wasm.sha256,
      machine: machine.inputHash,
      terminal,
      share,
      instructions,
    };
    progress(`${name}: restoring it once, to see that it answers`);
    await tryRestore(name, withManifest({ ...machine, snapshot }, { [path]: stored }));
    writeWhole(join(folder, path), stored);
    writeWhole(join(folder, "snapshot.json"), JSON.stringify(snapshot));
    return snapshot;
  } catch (thrown) {
    if (!(thrown instanceof SnapshotError)) throw thrown;
    throw new GuestBuildError(`${name}: no snapshot could be taken: ${thrown.message}
Nothing of it was kept: run the same command again to try again. To go on without one, set "snapshot": false in guest/machines/${name}.json; the machine then boots for each reader.`);
  }
}
