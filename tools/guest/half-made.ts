import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Folders of the cache whose entries are made beside their place and renamed. */
const FOLDERS = [
  ".",
  "debs",
  "kernel",
  "programs",
  "trees",
  "shares",
  "oci/images",
  "oci/layers",
  "work",
];
/** Those in whose entries files are made so; they hold few. */
const DEEP_FOLDERS = ["engines", "machines", "snapshots"];

/** What a build writes before it has its name: `x.part`, and folders to link in. */
const HALF_MADE = /\.part$|^link-/;

/** Removes what a build that was killed had begun and nothing will ever finish. */
export function removeHalfMade(cache: string): void {
  for (const folder of FOLDERS) remove(cache, folder, false);
  for (const folder of DEEP_FOLDERS) remove(cache, folder, true);
}

function remove(cache: string, folder: string, recursive: boolean): void {
  const path = join(cache, folder);
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { recursive, withFileTypes: true }))
    if (HALF_MADE.test(entry.name))
      rmSync(join(entry.parentPath, entry.name), { recursive: true, force: true });
}
