import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LockedPackage } from "../lock.ts";
import { debPath, unpackPackage } from "../mirror.ts";
import { run } from "../run.ts";
import type { LayerTree } from "./tree.ts";

/**
 * Lists packages in `var/lib/dpkg/status`, as dpkg does, and adds the copyright files of `fresh`.
 * @param taken all packages of the image so far
 * @param fresh those of them that this layer brings
 */
export function addDatabase(
  tree: LayerTree,
  cache: string,
  taken: readonly LockedPackage[],
  fresh: readonly LockedPackage[],
): void {
  const entries = taken.map((locked) => statusEntry(cache, locked)).sort();
  const data = new Uint8Array(Buffer.from(`${entries.join("\n\n")}\n`));
  tree.add({ kind: "file", path: "var/lib/dpkg/status", mode: 0o644, data });
  for (const locked of fresh) {
    const path = `usr/share/doc/${locked.name}/copyright`;
    const file = join(unpackPackage(cache, locked), path);
    if (!statSync(file, { throwIfNoEntry: false })) continue;
    tree.add({ kind: "file", path, mode: 0o644, data: new Uint8Array(readFileSync(file)) });
  }
}

/** A package's control file, with the line by which dpkg knows it as installed. */
function statusEntry(cache: string, locked: LockedPackage): string {
  const control = run("dpkg-deb", ["--field", debPath(cache, locked)]).trim();
  return control.replace(/^Package: .*$/m, "$&\nStatus: install ok installed");
}
