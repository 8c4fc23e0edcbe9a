import { statSync } from "node:fs";
import { join } from "node:path";
import { readElfNeeds } from "../elf.ts";
import { GuestBuildError } from "../errors.ts";
import { findLibrary, LIBRARY_FOLDERS } from "../libraries.ts";
import type { LayerTree } from "./tree.ts";

/**
 * Brings the shared libraries and program interpreters that a layer's files load and that the
 * image does not have yet, and those that these load in turn.
 * @param homes unpacked packages to look in
 * @param take puts a path of one of them into the layer
 * @throws GuestBuildError naming the file and the library that no package has
 */
export function followNeeds(
  tree: LayerTree,
  homes: readonly string[],
  take: (home: string, path: string) => void,
): void {
  const known = new Set<string>();
  for (;;) {
    const fresh = tree.own().filter(({ path }) => !known.has(path));
    if (fresh.length === 0) return;
    for (const entry of fresh) {
      known.add(entry.path);
      const needs = entry.kind === "file" ? readElfNeeds(entry.data) : undefined;
      if (!needs) continue;
      for (const soname of needs.libraries) {
        if (LIBRARY_FOLDERS.some((folder) => tree.find(`${folder}/${soname}`))) continue;
        const home = homes.find((candidate) => findLibrary([candidate], soname));
        take(...found(home, home && findLibrary([home], soname), soname, entry.path));
      }
      const interpreter = needs.interpreter?.slice(1);
      if (interpreter === undefined || tree.find(interpreter)) continue;
      // Packages have /lib/ld-linux.so.2 in lib or, since /lib is a link, in usr/lib.
      const paths = [interpreter, `usr/${interpreter}`];
      const home = homes.find((candidate) => paths.some((path) => hasFile(candidate, path)));
      const path = home && paths.find((path) => hasFile(home, path));
      take(...found(home, path, interpreter, entry.path));
    }
  }
}

function found(
  home: string | undefined,
  path: string | undefined,
  wanted: string,
  by: string,
): [home: string, path: string] {
  if (home && path) return [home, path];
  throw new GuestBuildError(
    `${by} needs ${wanted}, which neither the image nor one of its locked packages has. Run: npm run guest -- --update-lock`,
  );
}

function hasFile(home: string, path: string): boolean {
  return statSync(join(home, path), { throwIfNoEntry: false })?.isFile() ?? false;
}
