import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { CpioEntry } from "./cpio.ts";
import { GuestBuildError } from "./errors.ts";
import { filesBelow, findLibrary, neededBy } from "./libraries.ts";
import type { LockedPackage } from "./lock.ts";
import { unpackPackage } from "./mirror.ts";
import type { PackagePaths } from "./recipe.ts";

/** What a folder of an ordinary user can hold: no device nodes. */
export type PlainEntry = Exclude<CpioEntry, { kind: "device" }>;

/** Where libraries go, whatever folder their package has them in. */
export const LIBRARY_FOLDER = "usr/lib/i386-linux-gnu";

/**
 * What a recipe takes from packages, and the shared libraries that it loads.
 * @param locked  the packages and those of the libraries, already downloaded
 * @param what  names what needs the libraries, for a message
 */
export function collectFiles(
  cache: string,
  wanted: readonly PackagePaths[],
  locked: readonly LockedPackage[],
  what: string,
): CpioEntry[] {
  const treeOf = ({ name, suite }: PackagePaths) => {
    const found = locked.find((p) => p.name === name && (!suite || p.suite === suite));
    if (!found) throw new GuestBuildError(`${name} is not among the packages of ${what}`);
    return unpackPackage(cache, found);
  };
  const sources = wanted.map((each) => ({ tree: treeOf(each), paths: each.paths }));
  const files = sources.flatMap(({ tree, paths }) =>
    paths.flatMap((path) => filesBelow(tree, path)).map((path) => readEntry(tree, path)),
  );

  const trees = locked.map((p) => unpackPackage(cache, p));
  const queue = sources.flatMap(({ tree, paths }) => neededBy(tree, paths));
  const libraries = new Map<string, CpioEntry>();
  for (let soname = queue.pop(); soname; soname = queue.pop()) {
    if (libraries.has(soname)) continue;
    const home = trees.find((candidate) => findLibrary([candidate], soname));
    const path = home && findLibrary([home], soname);
    if (!home || !path)
      throw new GuestBuildError(
        `no locked package has the library ${soname}, which ${what} needs. Run: npm run guest -- --update-lock`,
      );
    const data = new Uint8Array(readFileSync(join(home, path)));
    const target = `${LIBRARY_FOLDER}/${soname}`;
    libraries.set(soname, { kind: "file", path: target, mode: 0o755, data });
    queue.push(...neededBy(home, [path]));
  }
  return [...files, ...libraries.values()];
}

/** Everything below a folder with its mode, by paths relative to it; links are not followed. */
export function readTree(folder: string, below = ""): PlainEntry[] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = below ? `${below}/${name}` : name;
      const stat = lstatSync(join(folder, path));
      const mode = stat.mode & 0o7777;
      if (!stat.isDirectory()) {
        const entry = readEntry(folder, path);
        return [entry.kind === "file" ? { ...entry, mode } : entry];
      }
      return [{ kind: "directory" as const, path, mode }, ...readTree(folder, path)];
    });
}

/** A file or link of a folder. Only "executable or not" survives of its mode: all is root's. */
export function readEntry(folder: string, path: string): PlainEntry {
  const stat = lstatSync(join(folder, path));
  if (stat.isSymbolicLink())
    return { kind: "link", path, target: readlinkSync(join(folder, path)) };
  const mode = stat.mode & 0o111 ? 0o755 : 0o644;
  return { kind: "file", path, mode, data: new Uint8Array(readFileSync(join(folder, path))) };
}

/** Since bookworm /bin, /sbin and /lib are links into /usr: where a path of a package goes then. */
export function mergedPath(path: string): string {
  return path.replace(/^(bin|sbin|lib)\//, "usr/$1/");
}
