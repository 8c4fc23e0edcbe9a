import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BootPlan, planBoot } from "./boot.ts";
import { hashOf, sha256 } from "./cache.ts";
import type { PlainEntry } from "./collect.ts";
import { type CompiledPlan, planCompiled } from "./compiled.ts";
import { scriptsOf } from "./imports.ts";
import { filesBelow } from "./libraries.ts";
import { LICENCE_TEXTS } from "./licences.ts";
import { closure, type LockedPackage, mustBeLocked } from "./lock.ts";
import { planImages } from "./oci/plan.ts";
import { type ImageRecipe, readImages } from "./oci/recipe.ts";
import { sharedImages } from "./oci/shared.ts";
import { buildImages } from "./oci.ts";
import { TOOLCHAIN } from "./program.ts";
import {
  type MachineRecipe,
  type RootfsRecipe,
  readMachines,
  readRootfs,
  readShares,
  type ShareRecipe,
} from "./recipe.ts";

/** What builds a machine, and what builds the shared tree: a change in it makes it another one. */
const MACHINE_BUILDERS = ["boot", "compiled", "rootfs", "store"];
const SHARE_BUILDERS = ["oci/shared", "share"];

/** What the machines are made from, read and checked. */
export interface Recipes {
  machines: { recipe: MachineRecipe; rootfs: RootfsRecipe | undefined }[];
  shares: ShareRecipe[];
  images: ImageRecipe[];
}

/** The tree that machines read from outside, before it is built. */
export interface SharePlan {
  recipe: ShareRecipe;
  /** Hash of everything the tree depends on. */
  key: string;
  /** All packages that parts of the tree are from. */
  packages: LockedPackage[];
  /** Those that tools are taken from. */
  tools: LockedPackage[];
  /** The tools that are compiled. */
  compiled: CompiledPlan[];
  /** What our own programs are compiled with, if there are any. */
  toolchain: LockedPackage[];
  /** Builds what is in it besides the tools, with paths in the tree. */
  more(): PlainEntry[];
}

/** All that one machine is made from, read and hashed before anything is built. */
export interface MachinePlan {
  recipe: MachineRecipe;
  rootfs: RootfsRecipe | undefined;
  /** The programs of its initial file system that are compiled. */
  compiled: CompiledPlan[];
  boot: BootPlan;
  share: SharePlan | undefined;
  /** Packages that parts of the machine itself are from. */
  packages: LockedPackage[];
  inputHash: string;
}

/** Reads every recipe. @throws GuestBuildError naming recipe, field and value */
export function readRecipes(root: string): Recipes {
  const recipes = readMachines(root);
  const machines = recipes.map((recipe) => ({ recipe, rootfs: readRootfs(root, recipe) }));
  return { machines, shares: readShares(root, recipes), images: readImages(root) };
}

/**
 * The packages that a tree's tools are from, with those of the libraries they load. What comes from
 * another suite uses the libraries of the tree's.
 */
export function toolPackages(
  lock: readonly LockedPackage[],
  { packages, suite }: ShareRecipe,
): LockedPackage[] {
  const wishes = packages.map(({ name, suite: own = suite }) => ({ name, suite: own }));
  return [
    ...closure(
      lock,
      wishes.filter((wish) => wish.suite === suite),
    ),
    ...wishes.filter((wish) => wish.suite !== suite).map((wish) => mustBeLocked(lock, wish)),
  ];
}

export function planShare(
  root: string,
  cache: string,
  lock: readonly LockedPackage[],
  recipe: ShareRecipe,
): SharePlan {
  const { suite } = recipe;
  const tools = toolPackages(lock, recipe);
  const images = planImages(root, lock);
  const sources = hashFiles(root, [
    ...recipe.overlays.flatMap((overlay) => filesBelow(root, overlay)),
    ...recipe.programs.flatMap(({ source }) => filesBelow(root, source)),
    ...scriptsOf(root, SHARE_BUILDERS),
  ]);
  const compiled = recipe.compiled.map((each) => planCompiled(root, lock, suite, each));
  const withOwn = recipe.programs.length > 0 ? TOOLCHAIN : [];
  const toolchain = closure(
    lock,
    withOwn.map((name) => ({ name, suite })),
  );
  const keys = [...images.map(({ inputHash }) => inputHash), ...compiled.map(({ key }) => key)];
  const key = hashOf([recipe, tools, toolchain, keys, sources]);
  const packages = [
    ...tools,
    ...toolchain,
    ...[...images, ...compiled].flatMap((each) => each.packages),
  ];
  const more = () => sharedImages(buildImages(root, cache, lock));
  return { recipe, key, packages: [...new Set(packages)], tools, compiled, toolchain, more };
}

export function planMachine(
  root: string,
  cache: string,
  lock: readonly LockedPackage[],
  { recipe, rootfs }: Recipes["machines"][number],
  shares: readonly SharePlan[],
): MachinePlan {
  const { firmware } = recipe;
  const boot = planBoot(root, cache, lock, recipe.kernel);
  const userland = rootfs
    ? [...rootfs.packages.map(({ name }) => name), ...TOOLCHAIN].map((name) => ({
        name,
        suite: rootfs.suite,
      }))
    : [];
  const compiled = (rootfs?.compiled ?? []).map((each) =>
    planCompiled(root, lock, rootfs?.suite ?? "", each),
  );
  const others = [firmware.package, LICENCE_TEXTS].map((name) => ({
    name,
    suite: firmware.suite,
  }));
  const all = [
    ...boot.packages,
    ...closure(lock, [...others, ...userland]),
    ...compiled.flatMap((each) => each.packages),
  ];
  const packages = [...new Set(all)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const sources = hashFiles(root, [
    ...(rootfs?.programs.flatMap(({ source }) => filesBelow(root, source)) ?? []),
    ...(rootfs?.overlays.flatMap((overlay) => filesBelow(root, overlay)) ?? []),
    ...scriptsOf(root, MACHINE_BUILDERS),
  ]);
  const share = shares.find((each) => each.recipe.name === recipe.share);
  const inputHash = hashOf([
    ...[recipe, rootfs, boot.key, packages, sources, share?.key],
    compiled.map(({ key }) => key),
  ]);
  return { recipe, rootfs, compiled, boot, share, packages, inputHash };
}

/** Path, executable or not, and hash of each file. */
function hashFiles(root: string, paths: readonly string[]): [string, boolean, string][] {
  return paths.map((path) => {
    const executable = (statSync(join(root, path)).mode & 0o111) !== 0;
    return [path, executable, sha256(readFileSync(join(root, path)))];
  });
}
