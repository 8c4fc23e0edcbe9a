import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type CpioEntry, writeCpio } from "./cpio.ts";
import { GuestBuildError } from "./errors.ts";
import { filesBelow, findLibrary, neededBy } from "./libraries.ts";
import type { LockedPackage } from "./lock.ts";
import { unpackPackage } from "./mirror.ts";
import { compileProgram, TOOLCHAIN } from "./program.ts";
import type { RootfsRecipe } from "./recipe.ts";

/** Builds the initial file system as an uncompressed cpio archive. */
export function buildRootfs(
  root: string,
  cache: string,
  recipe: RootfsRecipe,
  packages: readonly LockedPackage[],
): Uint8Array<ArrayBuffer> {
  const tree = new Tree();
  // The kernel opens /dev/console for PID 1 before anything has mounted devtmpfs.
  tree.add({ kind: "device", path: "dev/console", mode: 0o600, major: 5, minor: 1 });
  tree.add({ kind: "device", path: "dev/null", mode: 0o666, major: 1, minor: 3 });
  for (const path of recipe.directories) tree.directory(path);
  for (const [path, target] of Object.entries(recipe.links))
    tree.add({ kind: "link", path, target });

  const treeOf = (name: string) => {
    const locked = packages.find((p) => p.name === name);
    if (!locked) throw new GuestBuildError(`${name} is not among the machine's packages`);
    return unpackPackage(cache, locked);
  };
  const trees = packages.map((p) => unpackPackage(cache, p));
  const wanted = recipe.packages.map(({ name, paths }) => ({ tree: treeOf(name), paths }));
  for (const from of wanted)
    for (const path of from.paths.flatMap((path) => filesBelow(from.tree, path)))
      tree.add(readEntry(from.tree, path));

  const queue = wanted.flatMap(({ tree, paths }) => neededBy(tree, paths));
  const done = new Set<string>();
  for (let soname = queue.pop(); soname; soname = queue.pop()) {
    if (done.has(soname)) continue;
    done.add(soname);
    const home = trees.find((candidate) => findLibrary([candidate], soname));
    const path = home && findLibrary([home], soname);
    if (!home || !path)
      throw new GuestBuildError(
        `no locked package has the library ${soname}, which the initial file system needs. Run: npm run guest -- --update-lock`,
      );
    const data = new Uint8Array(readFileSync(join(home, path)));
    tree.add({ kind: "file", path: `usr/lib/i386-linux-gnu/${soname}`, mode: 0o755, data });
    queue.push(...neededBy(home, [path]));
  }

  const toolchain = TOOLCHAIN.map(treeOf);
  for (const { source, path } of recipe.programs) {
    const sources = filesBelow(root, source).filter((file) => file.endsWith(".c"));
    const files = sources.map((file) => join(root, file));
    const data = compileProgram(cache, files, toolchain);
    tree.add({ kind: "file", path, mode: 0o755, data });
  }
  for (const path of filesBelow(root, recipe.overlay)) {
    const entry = readEntry(root, path);
    tree.add({ ...entry, path: path.slice(recipe.overlay.length + 1) });
  }
  addApplets(tree, recipe);
  return writeCpio(tree.entries());
}

/** The files of the root; /bin, /sbin and /lib are in /usr, as in Debian since bookworm. */
class Tree {
  readonly #entries = new Map<string, CpioEntry>();

  add(entry: CpioEntry): void {
    const path =
      entry.kind === "link" ? entry.path : entry.path.replace(/^(bin|sbin|lib)\//, "usr/$1/");
    const parent = path.replace(/\/?[^/]*$/, "");
    if (parent) this.directory(parent);
    this.#entries.set(path, { ...entry, path });
  }

  directory(path: string): void {
    if (this.#entries.has(path)) return;
    this.add({ kind: "directory", path, mode: 0o755 });
  }

  get(path: string): CpioEntry | undefined {
    return this.#entries.get(path);
  }

  entries(): CpioEntry[] {
    return [...this.#entries.values()];
  }
}

/** A file or link of a folder. Only "executable or not" survives of its mode: all is root's. */
export function readEntry(folder: string, path: string): Exclude<CpioEntry, { kind: "device" }> {
  const stat = lstatSync(join(folder, path));
  if (stat.isSymbolicLink())
    return { kind: "link", path, target: readlinkSync(join(folder, path)) };
  const mode = stat.mode & 0o111 ? 0o755 : 0o644;
  return { kind: "file", path, mode, data: new Uint8Array(readFileSync(join(folder, path))) };
}

function addApplets(tree: Tree, recipe: RootfsRecipe): void {
  const binary = tree.get(recipe.applets.binary);
  if (binary?.kind !== "file")
    throw new GuestBuildError(`applets.binary: ${recipe.applets.binary} is not in the root`);
  const known = new Set(readAppletNames(binary.data));
  for (const name of recipe.applets.names) {
    if (!known.has(name))
      throw new GuestBuildError(`applets.names: busybox has no applet ${name}; see busybox --list`);
    if (["bin", "sbin"].some((folder) => tree.get(`usr/${folder}/${name}`)))
      throw new GuestBuildError(`applets.names: ${name} already comes from a package`);
    tree.add({ kind: "link", path: `usr/bin/${name}`, target: "busybox" });
  }
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
