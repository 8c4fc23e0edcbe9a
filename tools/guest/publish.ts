import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { BUILD_FILE } from "../../src/machine/build-progress.ts";
import {
  type GuestFile,
  type GuestMachine,
  type Manifest,
  manifestSchema,
} from "../../src/machine/manifest.ts";
import { LICENCES_NAME } from "./build.ts";
import { writeWhole } from "./cache.ts";
import { sharedFiles } from "./share.ts";

const MANIFEST = "manifest.json";

/** The machines that an earlier build has published and that are still there whole, in today's format. */
export function publishedMachines(output: string): Manifest["machines"] {
  const machines = Object.entries(readManifest(join(output, MANIFEST))?.machines ?? {});
  return Object.fromEntries(machines.filter(([, machine]) => isWhole(output, machine)));
}

function isWhole(output: string, machine: GuestMachine): boolean {
  const isThere = ({ path, size }: GuestFile) =>
    statSync(join(output, path), { throwIfNoEntry: false })?.size === size;
  const index = indexOf(machine);
  try {
    const shared = index ? sharedFiles(output, index) : [];
    return [...filesOf(machine), ...shared].every(isThere);
  } catch {
    // The index is not there, damaged, or of an earlier format.
    return false;
  }
}

/**
 * Paths of everything that a published machine needs besides the engine: its own files, and those of the
 * shared tree that its index names.
 */
export function pathsOf(output: string, name: string, machine: GuestMachine): string[] {
  const index = indexOf(machine);
  const files = [...filesOf(machine), ...(index ? sharedFiles(output, index) : [])];
  return [`${name}/${LICENCES_NAME}`, ...files.map(({ path }) => path)];
}

/** The index of a machine's shared files. */
function indexOf({ files }: GuestMachine): GuestFile | undefined {
  return "share" in files ? files.share : undefined;
}

function readManifest(path: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Copies a file from the cache, unless it is there: its name has its hash. */
export function publish(folder: string, output: string, file: GuestFile): void {
  const target = join(output, file.path);
  if (statSync(target, { throwIfNoEntry: false })?.size === file.size) return;
  writeWhole(target, readFileSync(join(folder, file.path)));
}

/** Copies what a machine's folder in the cache has of it. */
export function publishMachine(
  folder: string,
  output: string,
  name: string,
  { files }: GuestMachine,
): void {
  const { share: _, ...own } = { share: undefined, ...files };
  for (const file of Object.values(own)) if (file) publish(folder, output, file);
  const licences = `${name}/${LICENCES_NAME}`;
  writeWhole(join(output, licences), readFileSync(join(folder, licences)));
}

/**
 * Writes the manifest once all its files are in place, then removes what neither it nor an index of
 * shared files names.
 * @returns whether anything has changed, and the bytes of all files
 */
export function publishManifest(
  output: string,
  manifest: Manifest,
): { changed: boolean; bytes: number } {
  const path = join(output, MANIFEST);
  const text = `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
  const changed = !existsSync(path) || readFileSync(path, "utf8") !== text;
  if (changed) writeWhole(path, text);

  const machines = Object.values(manifest.machines);
  const indexes = machines.flatMap((machine) => indexOf(machine) ?? []);
  const files = [
    manifest.engine.wasm,
    ...machines.flatMap(filesOf),
    ...distinct(indexes).flatMap((index) => sharedFiles(output, index)),
  ];
  const licences = Object.keys(manifest.machines).map((name) => `${name}/${LICENCES_NAME}`);
  const named = new Set([MANIFEST, ...licences, ...files.map((file) => file.path)]);
  mkdirSync(output, { recursive: true });
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    const file = relative(output, join(entry.parentPath, entry.name));
    // What the build says of itself comes and goes by another thread's hand.
    if (file.startsWith(BUILD_FILE)) continue;
    if (entry.isFile() && !named.has(file)) rmSync(join(output, file));
  }
  return { changed, bytes: distinct(files).reduce((sum, file) => sum + file.size, 0) };
}

function filesOf({ files, snapshot }: GuestMachine): GuestFile[] {
  const all = [...Object.values(files), snapshot?.state];
  return all.filter((file) => file !== undefined);
}

function distinct(files: readonly GuestFile[]): GuestFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}
