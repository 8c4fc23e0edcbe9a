import { collectFiles, mergedPath, readEntry } from "./collect.ts";
import { type CpioEntry, writeCpio } from "./cpio.ts";
import { GuestBuildError } from "./errors.ts";
import { filesBelow } from "./libraries.ts";
import type { LockedPackage } from "./lock.ts";
import { ownPrograms } from "./program.ts";
import type { RootfsRecipe } from "./recipe.ts";

/** Where init reads which commands to link to busybox (`guest/init/init.c`). */
const APPLETS_FILE = "usr/lib/busybox/applets";

/**
 * Builds the initial file system as an uncompressed cpio archive.
 * @param compiled  the programs that were compiled for it
 * @param tools  names of the commands that the machine gets from elsewhere
 */
export function buildRootfs(
  root: string,
  cache: string,
  recipe: RootfsRecipe,
  packages: readonly LockedPackage[],
  compiled: readonly CpioEntry[],
  tools: ReadonlySet<string>,
): Uint8Array<ArrayBuffer> {
  const tree = new Tree();
  // The kernel's own root, a tmpfs, is everybody's to write to.
  tree.add({ kind: "directory", path: ".", mode: 0o755 });
  // The kernel opens /dev/console for PID 1 before anything has mounted devtmpfs.
  tree.add({ kind: "device", path: "dev/console", mode: 0o600, major: 5, minor: 1 });
  tree.add({ kind: "device", path: "dev/null", mode: 0o666, major: 1, minor: 3 });
  for (const path of recipe.directories) tree.directory(path);
  for (const [path, target] of Object.entries(recipe.links))
    tree.add({ kind: "link", path, target });
  for (const entry of collectFiles(cache, recipe.packages, packages, "the initial file system"))
    tree.add(entry);
  for (const entry of compiled) tree.add(entry);
  for (const entry of ownPrograms(root, cache, recipe.programs, packages)) tree.add(entry);
  for (const overlay of recipe.overlays)
    for (const path of filesBelow(root, overlay)) {
      const entry = readEntry(root, path);
      tree.add({ ...entry, path: path.slice(overlay.length + 1) });
    }
  const data = Buffer.from(
    applets(tree, recipe, tools)
      .map((name) => `${name}\n`)
      .join(""),
  );
  tree.add({ kind: "file", path: APPLETS_FILE, mode: 0o644, data });
  return writeCpio(tree.entries());
}

/** Folders that Debian's base-files makes with other modes than 755. */
const DEBIAN_MODES: Readonly<Record<string, number>> = {
  root: 0o700,
  tmp: 0o1777,
  "var/tmp": 0o1777,
};

/** The files of the root; /bin, /sbin and /lib are in /usr, as in Debian since bookworm. */
class Tree {
  readonly #entries = new Map<string, CpioEntry>();

  add(entry: CpioEntry): void {
    const path = entry.kind === "link" ? entry.path : mergedPath(entry.path);
    const parent = path.replace(/\/?[^/]*$/, "");
    if (parent) this.directory(parent);
    this.#entries.set(path, { ...entry, path });
  }

  directory(path: string): void {
    if (this.#entries.has(path)) return;
    this.add({ kind: "directory", path, mode: DEBIAN_MODES[path] ?? 0o755 });
  }

  get(path: string): CpioEntry | undefined {
    return this.#entries.get(path);
  }

  entries(): CpioEntry[] {
    return [...this.#entries.values()];
  }
}

/** Names of the commands that busybox provides: those of the recipe that no package has. */
function applets(tree: Tree, recipe: RootfsRecipe, tools: ReadonlySet<string>): string[] {
  const binary = tree.get(recipe.applets.binary);
  if (binary?.kind !== "file")
    throw new GuestBuildError(`applets.binary: ${recipe.applets.binary} is not in the root`);
  const known = new Set(readAppletNames(binary.data));
  for (const name of recipe.applets.names) {
    if (!known.has(name))
      throw new GuestBuildError(`applets.names: busybox has no applet ${name}; see busybox --list`);
    if (tools.has(name) || ["bin", "sbin"].some((folder) => tree.get(`usr/${folder}/${name}`)))
      throw new GuestBuildError(`applets.names: ${name} already comes from a package`);
  }
  return recipe.applets.names;
}

/**
 * Reads the applets' names out of busybox, so that nothing built for the guest runs on the host:
 * they are a sorted table of C strings that begins with `[` and `[[` and ends with an empty one.
 */
export function readAppletNames(busybox: Uint8Array): string[] {
  const bytes = Buffer.from(busybox.buffer, busybox.byteOffset, busybox.byteLength);
  const start = bytes.indexOf("\0[\0[[\0");
  const end = bytes.indexOf("\0\0", start + 1);
  const names = start < 0 || end < 0 ? [] : bytes.toString("latin1", start + 1, end).split("\0");
  if (!names.includes("sh"))
    throw new GuestBuildError("the busybox binary has no table of applet names where it should be");
  return names;
}
