import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readElfNeeds } from "./elf.ts";
import { GuestBuildError } from "./errors.ts";

/** Where Debian keeps i386 libraries, in the order of the dynamic loader. */
export const LIBRARY_FOLDERS = ["lib/i386-linux-gnu", "usr/lib/i386-linux-gnu", "lib", "usr/lib"];

/** All files and links at or below a path of an unpacked package. */
export function filesBelow(tree: string, path: string): string[] {
  const stat = lstatSync(join(tree, path), { throwIfNoEntry: false });
  if (!stat) throw new GuestBuildError(`there is no ${path} in the package`);
  if (!stat.isDirectory()) return [path];
  return readdirSync(join(tree, path))
    .sort()
    .flatMap((name) => filesBelow(tree, `${path}/${name}`));
}

/** Names of the shared libraries, and the program interpreters, that files of a package load. */
export function neededBy(tree: string, paths: readonly string[]): string[] {
  const needed = new Set<string>();
  for (const path of paths.flatMap((path) => filesBelow(tree, path))) {
    if (!statSync(join(tree, path), { throwIfNoEntry: false })?.isFile()) continue;
    const needs = readElfNeeds(readFileSync(join(tree, path)));
    for (const library of needs?.libraries ?? []) needed.add(library);
    if (needs?.interpreter) needed.add(needs.interpreter.replace(/^.*\//, ""));
  }
  return [...needed].sort();
}

/** Path below its tree of the library with this name, if one of the trees has it. */
export function findLibrary(trees: readonly string[], soname: string): string | undefined {
  for (const tree of trees)
    for (const folder of LIBRARY_FOLDERS) {
      const path = `${folder}/${soname}`;
      // Links are followed: a package has libtinfo.so.6 → libtinfo.so.6.4.
      if (statSync(join(tree, path), { throwIfNoEntry: false })?.isFile()) return path;
    }
  return undefined;
}
