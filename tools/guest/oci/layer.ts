import { lstatSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { readEntry } from "../collect.ts";
import { GuestBuildError } from "../errors.ts";
import { filesBelow } from "../libraries.ts";
import type { LockedPackage } from "../lock.ts";
import { unpackPackage } from "../mirror.ts";
import { compileProgram, TOOLCHAIN } from "../program.ts";
import { readAppletNames } from "../rootfs.ts";
import { compileShared, SHARED_TOOLCHAIN } from "./compile.ts";
import { addDatabase } from "./dpkg.ts";
import { followNeeds } from "./needs.ts";
import type { ImageProgram, LayerRecipe } from "./recipe.ts";
import { LayerTree, targetOf } from "./tree.ts";

/** Where a layer is built and from what. */
export interface LayerContext {
  root: string;
  cache: string;
  /** Packages to take files and libraries from, and to compile against; all downloaded. */
  packages: readonly LockedPackage[];
  /** The image below this layer. */
  below: { tree: LayerTree; taken: readonly LockedPackage[] } | undefined;
}

/** An image up to and including one layer. */
export interface LayerResult {
  tree: LayerTree;
  /** Packages that files of the image so far are from, without toolchains. */
  taken: LockedPackage[];
}

/** Gathers a layer's files in memory. */
export function buildLayer(recipe: LayerRecipe, context: LayerContext): LayerResult {
  const { root, cache, packages, below } = context;
  const tree = new LayerTree(below?.tree);
  for (const [path, target] of Object.entries(recipe.links))
    tree.add({ kind: "link", path, target });
  for (const [path, mode] of Object.entries(recipe.directories))
    tree.add({ kind: "directory", path, mode: Number.parseInt(mode, 8) });

  const homeOf = (name: string) => unpackPackage(cache, lockedPackage(packages, name));
  const byHome = new Map(packages.map((locked) => [unpackPackage(cache, locked), locked]));
  const fresh = new Map<string, LockedPackage>();
  const take = (home: string, path: string) => {
    const locked = byHome.get(home);
    if (locked) fresh.set(locked.name, locked);
    for (const file of withTargets(home, path)) tree.add(readEntry(home, file));
  };
  for (const { name, paths } of recipe.packages) {
    const home = homeOf(name);
    const lost = paths.find((path) => !lstatSync(join(home, path), { throwIfNoEntry: false }));
    if (lost !== undefined)
      throw new GuestBuildError(`packages: ${name} has no ${lost}; see dpkg-deb --contents`);
    for (const path of paths.flatMap((path) => filesBelow(home, path))) take(home, path);
  }
  for (const program of recipe.programs) {
    const data = compile(program, tree, context, homeOf);
    tree.add({ kind: "file", path: program.path, mode: 0o755, data });
  }
  followNeeds(tree, [...byHome.keys()], take);
  if (recipe.overlay !== undefined)
    for (const path of filesBelow(root, recipe.overlay))
      tree.add({ ...readEntry(root, path), path: path.slice(recipe.overlay.length + 1) });
  if (recipe.applets !== undefined) addApplets(tree, recipe.applets);

  const taken = [...(below?.taken ?? []).filter(({ name }) => !fresh.has(name)), ...fresh.values()];
  taken.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (recipe.database) addDatabase(tree, cache, taken, [...fresh.values()]);
  return { tree, taken };
}

/** Names of the toolchain packages that a layer's programs are compiled against. */
export function toolchainOf({ programs }: LayerRecipe): string[] {
  const names = programs.flatMap(({ kind }) => (kind === "static" ? TOOLCHAIN : SHARED_TOOLCHAIN));
  return [...new Set<string>(names)];
}

function compile(
  program: ImageProgram,
  tree: LayerTree,
  { root, cache }: LayerContext,
  homeOf: (name: string) => string,
): Uint8Array<ArrayBuffer> {
  const sources = filesBelow(root, program.source)
    .filter((file) => file.endsWith(".c"))
    .map((file) => join(root, file));
  if (program.kind === "static") return compileProgram(cache, sources, TOOLCHAIN.map(homeOf));
  const toolchain = SHARED_TOOLCHAIN.map(homeOf);
  if (program.kind === "library") return compileShared(cache, sources, program, toolchain);

  const work = mkdtempSync(join(cache, "link-"));
  try {
    const libraries = program.libraries.map((path, index) => {
      const entry = tree.find(path);
      if (entry?.kind !== "file")
        throw new GuestBuildError(
          `${program.path} is to be linked with ${path}, which is not in the image up to here`,
        );
      const copy = join(work, `${index}.so`);
      writeFileSync(copy, entry.data);
      return copy;
    });
    const headers = join(root, program.headers);
    return compileShared(cache, sources, { kind: "dynamic", headers, libraries }, toolchain);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function addApplets(tree: LayerTree, binary: string): void {
  const entry = tree.find(binary);
  if (entry?.kind !== "file")
    throw new GuestBuildError(`applets: ${binary} is not a file of the image`);
  const { dir, base } = posix.parse(binary);
  for (const name of readAppletNames(entry.data)) {
    const path = posix.join(dir, name);
    if (name !== base && !tree.get(path)) tree.add({ kind: "link", path, target: base });
  }
}

/** A path of an unpacked package, and what it leads to there if it is a link to a file. */
function withTargets(home: string, path: string): string[] {
  const paths = [path];
  for (let at = path; lstatSync(join(home, at)).isSymbolicLink(); ) {
    at = targetOf({ path: at, target: readlinkSync(join(home, at)) });
    if (!statSync(join(home, at), { throwIfNoEntry: false })?.isFile()) break;
    paths.push(at);
  }
  return paths;
}

function lockedPackage(packages: readonly LockedPackage[], name: string): LockedPackage {
  const locked = packages.find((candidate) => candidate.name === name);
  if (!locked) throw new GuestBuildError(`${name} is not among the image's packages`);
  return locked;
}
