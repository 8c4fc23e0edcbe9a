import { compiledWishes } from "./compiled.ts";
import { LICENCE_TEXTS } from "./licences.ts";
import { imageWishes } from "./oci/plan.ts";
import type { Recipes } from "./plan.ts";
import { TOOLCHAIN } from "./program.ts";
import type { KernelRecipe, ShareRecipe } from "./recipe.ts";
import type { ResolveWish } from "./resolve.ts";

/** Every package that some recipe asks for, with what of it is run. */
export function lockWishes({ machines, shares, images }: Recipes): ResolveWish[] {
  return [
    ...machines.flatMap(({ recipe, rootfs }): ResolveWish[] => [
      ...kernelWishes(recipe.kernel),
      { name: recipe.firmware.package, suite: recipe.firmware.suite, paths: [] },
      { name: LICENCE_TEXTS, suite: recipe.firmware.suite, paths: [] },
      ...(rootfs ? TOOLCHAIN.map((name) => ({ name, suite: rootfs.suite, paths: [] })) : []),
      ...(rootfs?.packages.map(({ name, paths }) => ({ name, suite: rootfs.suite, paths })) ?? []),
      ...(rootfs?.compiled
        .flatMap((each) => compiledWishes(rootfs.suite, each))
        .map((wish) => ({ ...wish, paths: [] })) ?? []),
    ]),
    ...shares.flatMap(shareWishes),
    ...images.flatMap(imageWishes),
  ];
}

/** A package of another suite than the tree's brings no libraries: it uses those of the tree. */
function shareWishes({ suite, packages, compiled }: ShareRecipe): ResolveWish[] {
  return [
    ...packages.map(({ name, paths, suite: own = suite }) => ({
      name,
      suite: own,
      paths: own === suite ? paths : [],
    })),
    ...compiled
      .flatMap((each) => compiledWishes(suite, each))
      .map((wish) => ({ ...wish, paths: [] })),
  ];
}

function kernelWishes(kernel: KernelRecipe): ResolveWish[] {
  if (kernel.from === "folder") return [];
  const { package: name, suite } = kernel;
  return [{ name, suite, paths: [], isMetapackage: kernel.from === "package" }];
}
