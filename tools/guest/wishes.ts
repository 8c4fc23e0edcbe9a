import { compiledWishes } from "./compiled.ts";
import { LICENCE_TEXTS } from "./licences.ts";
import { imageWishes } from "./oci/plan.ts";
import type { Recipes } from "./plan.ts";
import { TOOLCHAIN } from "./program.ts";
import type { KernelRecipe } from "./recipe.ts";
import type { ResolveWish } from "./resolve.ts";

/** Every package that some recipe asks for, with what of it is run. */
export function lockWishes({ machines, share, images }: Recipes): ResolveWish[] {
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
    ...share.packages.map(({ name, paths }) => ({ name, suite: share.suite, paths })),
    ...share.compiled
      .flatMap((each) => compiledWishes(share.suite, each))
      .map((wish) => ({ ...wish, paths: [] })),
    ...images.flatMap(imageWishes),
  ];
}

function kernelWishes(kernel: KernelRecipe): ResolveWish[] {
  if (kernel.from === "folder") return [];
  const { package: name, suite } = kernel;
  return [{ name, suite, paths: [], isMetapackage: kernel.from === "package" }];
}
