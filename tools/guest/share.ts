import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { GuestFile } from "../../src/machine/manifest.ts";
import { contentsOf, shareIndexSchema } from "../../src/machine/share/tree.ts";
import { writeWhole } from "./cache.ts";
import { collectFiles, mergedPath, type PlainEntry, readEntry } from "./collect.ts";
import { compiledEntry } from "./compiled.ts";
import { filesBelow } from "./libraries.ts";
import type { SharePlan } from "./plan.ts";
import { ownPrograms } from "./program.ts";
import type { PackagePaths, ShareRecipe } from "./recipe.ts";
import { ShareWriter } from "./share-writer.ts";

/** Folder of the shared tree that a machine sees as /usr/local. */
const TOOLS = "tools";
const COMMAND = /^(?:usr\/)?s?bin\/([^/]+)$/;

/** Names of the commands in the shared tree. */
export function toolNames({ packages, compiled, programs, links }: ShareRecipe): Set<string> {
  const built = [...compiled, ...programs].map(({ path }) => path);
  const paths = [...packages.flatMap((each) => each.paths), ...built, ...Object.keys(links)];
  return new Set(paths.flatMap((path) => COMMAND.exec(path)?.[1] ?? []));
}

/**
 * Builds the tree that machines read from outside, once for each plan's key. Every content is a file
 * of its own, or several, fetched when a guest first reads them.
 * @returns the folder with the files, and the record of the index among them
 */
export function buildShare(
  root: string,
  cache: string,
  { key, recipe, tools, compiled, toolchain, more }: SharePlan,
): { folder: string; index: GuestFile } {
  const folder = join(cache, "shares", key.slice(0, 16));
  const record = join(folder, "index.json");
  if (!existsSync(record)) {
    const aside = `${folder}.part`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    const share = new ShareWriter(aside);
    for (const entry of [
      ...collectFiles(cache, fromSuites(recipe), tools, `the shared tree ${recipe.name}`),
      ...compiled.map((plan) => compiledEntry(cache, plan)),
      ...ownPrograms(root, cache, recipe.programs, toolchain),
      ...linksOf(recipe),
    ])
      share.add({ ...entry, path: mergedPath(entry.path).replace(/^usr\//, `${TOOLS}/`) });
    for (const overlay of recipe.overlays)
      for (const path of filesBelow(join(root, overlay), "."))
        share.add(readEntry(join(root, overlay), path.slice(2)));
    for (const entry of more()) share.add(entry);
    writeWhole(join(aside, "index.json"), JSON.stringify(share.finish()));
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  }
  return { folder, index: JSON.parse(readFileSync(record, "utf8")) };
}

function linksOf({ links }: ShareRecipe): PlainEntry[] {
  return Object.entries(links).map(([path, target]) => ({ kind: "link", path, target }));
}

/** The packages, each with the suite it is from. */
function fromSuites({ packages, suite }: ShareRecipe): PackagePaths[] {
  return packages.map((each) => ({ suite, ...each }));
}

/** The stored files that an index in `folder` refers to: one for each piece of a content. */
export function sharedFiles(folder: string, index: GuestFile): GuestFile[] {
  const stored = readFileSync(join(folder, index.path));
  const text = zstdDecompressSync(stored).toString();
  return contentsOf(shareIndexSchema.parse(JSON.parse(text))).flatMap(({ pieces }) => pieces);
}
