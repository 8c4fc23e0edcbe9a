import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hashOf, sha256 } from "../cache.ts";
import { scriptsOf } from "../imports.ts";
import { compilerVersion } from "../kernel.ts";
import { filesBelow } from "../libraries.ts";
import { closure, type LockedPackage } from "../lock.ts";
import type { ResolveWish } from "../resolve.ts";
import { toolchainOf } from "./layer.ts";
import { type ImageRecipe, readImages, sourcesOf } from "./recipe.ts";
import { umociVersion } from "./umoci.ts";

/** What builds an image: a change in it makes it another one. */
const BUILDERS = ["oci"];

/** All that one image is made from, read and hashed before anything is built. */
export interface ImagePlan {
  recipe: ImageRecipe;
  base: ImagePlan | undefined;
  /** Packages that files may be taken from or programs compiled against, without the base's. */
  packages: LockedPackage[];
  /** SHA-256 over everything the image depends on, its base included. */
  inputHash: string;
}

/** Plans every image in `guest/oci`, bases first. */
export function planImages(root: string, lock: readonly LockedPackage[]): ImagePlan[] {
  const tools = [umociVersion(), compilerVersion()];
  const scripts = scriptsOf(root, BUILDERS).map((path) => hashFile(root, path));
  const plans = new Map<string, ImagePlan>();
  for (const recipe of readImages(root)) {
    const base = recipe.from === undefined ? undefined : plans.get(recipe.from);
    const packages = closure(lock, imageWishes(recipe));
    const sources = recipe.layers
      .flatMap(sourcesOf)
      .flatMap((path) => filesBelow(root, path))
      .map((path) => hashFile(root, path));
    const inputHash = hashOf([recipe, base?.inputHash, packages, sources, scripts, tools]);
    plans.set(recipe.name, { recipe, base, packages, inputHash });
  }
  return [...plans.values()];
}

/** The packages that an image asks the lock for. */
export function imageWishes({ suite, layers }: ImageRecipe): ResolveWish[] {
  return layers.flatMap((layer) => [
    ...layer.packages.map(({ name, paths }) => ({ name, suite, paths })),
    ...toolchainOf(layer).map((name) => ({ name, suite, paths: [] })),
  ]);
}

function hashFile(root: string, path: string): [string, boolean, string] {
  const executable = (statSync(join(root, path)).mode & 0o111) !== 0;
  return [path, executable, sha256(readFileSync(join(root, path)))];
}
