import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cachedFolder, hashOf, sha256 } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import { buildKernel, compilerVersion, type Kernel, planKernel } from "./kernel.ts";
import { filesBelow } from "./libraries.ts";
import { closure, type LockedPackage } from "./lock.ts";
import { debPath, downloadPackages } from "./mirror.ts";
import type { KernelRecipe } from "./recipe.ts";
import { run } from "./run.ts";

/** What a machine starts, before it is built. */
export interface BootPlan {
  /** Hash of everything the result depends on. */
  key: string;
  /** Debian packages it is made from. */
  packages: LockedPackage[];
  /** Builds it, or takes it from the cache. */
  make(): Promise<Kernel>;
}

/** Gathers what a machine's kernel, or floppy disk, is made from. */
export function planBoot(
  root: string,
  cache: string,
  lock: readonly LockedPackage[],
  recipe: KernelRecipe,
): BootPlan {
  switch (recipe.from) {
    case "source": {
      const [source] = closure(lock, [{ name: recipe.package, suite: recipe.suite }]);
      if (!source) throw new Error("closure() returned nothing");
      const plan = planKernel(root, source, recipe.fragments);
      return { key: plan.key, packages: [source], make: () => buildKernel(cache, plan) };
    }
    case "package": {
      const packages = closure(lock, [{ name: recipe.package, suite: recipe.suite }]);
      const key = hashOf(packages.map((locked) => locked.sha256));
      return { key, packages, make: async () => stockKernel(cache, packages) };
    }
    case "folder": {
      const folder = join(root, recipe.folder);
      const sources = filesBelow(root, recipe.folder).map((path) => [
        path,
        sha256(readFileSync(join(root, path))),
      ]);
      const key = hashOf([sources, compilerVersion()]);
      return { key, packages: [], make: async () => bootImage(cache, folder, key) };
    }
  }
}

/** Debian's own kernel, found in one of the packages. */
function stockKernel(cache: string, packages: readonly LockedPackage[]): Kernel {
  downloadPackages(cache, packages);
  for (const locked of packages) {
    const listing = ["-ec", 'dpkg-deb --fsys-tarfile "$1" | tar t', "sh", debPath(cache, locked)];
    const release = /^\.\/boot\/vmlinuz-(\S+)$/m.exec(run("sh", listing))?.[1];
    if (!release) continue;
    const tree = cachedFolder(join(cache, "kernel", locked.sha256.slice(0, 16)), (aside) => {
      const extract = 'dpkg-deb --fsys-tarfile "$1" | tar xC "$2" --strip-components=2 "$3"';
      const path = `./boot/vmlinuz-${release}`;
      run("sh", ["-ec", extract, "sh", debPath(cache, locked), aside, path]);
    });
    return { image: new Uint8Array(readFileSync(join(tree, `vmlinuz-${release}`))), release };
  }
  const names = packages.map(({ name }) => name).join(", ");
  throw new GuestBuildError(`no boot/vmlinuz-* in ${names}`);
}

/** Runs the folder's Makefile on a copy: make cannot cope with every path that a cache may have. */
export function bootImage(cache: string, folder: string, key: string): Kernel {
  const work = join(cache, "work", `image-${key.slice(0, 16)}`);
  const built = join(work, "build");
  rmSync(work, { recursive: true, force: true });
  cpSync(folder, work, { recursive: true });
  rmSync(built, { recursive: true, force: true });
  run("make", ["OUT=build"], work);
  const missing = ["floppy.img", "release"].filter((name) => !existsSync(join(built, name)));
  if (missing.length > 0)
    throw new GuestBuildError(`${folder}: its Makefile did not write ${missing.join(", ")} to OUT`);
  const image = new Uint8Array(readFileSync(join(built, "floppy.img")));
  const release = readFileSync(join(built, "release"), "utf8").trim();
  rmSync(work, { recursive: true });
  return { image, release };
}
