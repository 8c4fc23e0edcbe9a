import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cachedFolder, hashOf, sha256 } from "./cache.ts";
import type { CpioEntry } from "./cpio.ts";
import { compilerVersion } from "./kernel.ts";
import { filesBelow } from "./libraries.ts";
import { closure, isSource, type LockedPackage, type PackageWish } from "./lock.ts";
import { debPath, unpackPackage } from "./mirror.ts";
import { progress } from "./progress.ts";
import type { CompiledRecipe } from "./recipe.ts";
import { run } from "./run.ts";

const TOOLCHAIN_FOLDER = "guest/toolchain";

/** What a program of others is compiled from. */
export interface CompiledPlan {
  /** The source package, and those with the headers and static libraries. */
  packages: readonly LockedPackage[];
  /** Absolute paths of the folder with the Makefile, and of the one with what several of them use. */
  folder: string;
  toolchain: string;
  /** Where the program goes. */
  path: string;
  /** Names the result in the cache. */
  key: string;
}

/** The packages that a compiled program asks for: its source and what it is built against. */
export function compiledWishes(suite: string, recipe: CompiledRecipe): PackageWish[] {
  const against = recipe.against.map((name) => ({ name, suite }));
  return [{ name: recipe.source, suite, isSource: true }, ...against];
}

/** Gathers what a program is compiled from, without compiling it. */
export function planCompiled(
  root: string,
  lock: readonly LockedPackage[],
  suite: string,
  recipe: CompiledRecipe,
): CompiledPlan {
  const packages = closure(lock, compiledWishes(suite, recipe));
  const folder = join(root, recipe.folder);
  const toolchain = join(root, TOOLCHAIN_FOLDER);
  const files = [folder, toolchain].flatMap((from) =>
    filesBelow(from, ".").map((path) => [path, sha256(readFileSync(join(from, path)))]),
  );
  const hashes = packages.map((locked) => locked.sha256);
  const key = hashOf([hashes, files, compilerVersion()]);
  return { packages, folder, toolchain, path: recipe.path, key };
}

/** Compiles the program from downloaded packages, or takes it from the cache. */
export function compiledEntry(cache: string, plan: CompiledPlan): CpioEntry {
  const name = plan.key.slice(0, 16);
  const output = cachedFolder(join(cache, "programs", name), (aside) => {
    const work = join(cache, "work", `program-${name}`);
    compile(cache, plan, work);
    copyFileSync(join(work, "program"), join(aside, "program"));
    rmSync(work, { recursive: true });
  });
  const data = new Uint8Array(readFileSync(join(output, "program")));
  return { kind: "file", path: plan.path, mode: 0o755, data };
}

/**
 * Runs the Makefile on copies: make cannot cope with every path that a cache may have, and a
 * compiler that is given only relative paths cannot leave others in the program.
 */
function compile(cache: string, plan: CompiledPlan, work: string): void {
  rmSync(work, { recursive: true, force: true });
  cpSync(plan.folder, work, { recursive: true });
  cpSync(plan.toolchain, join(work, "toolchain"), { recursive: true });
  mkdirSync(join(work, "sysroot"));
  for (const locked of plan.packages) {
    if (isSource(locked)) {
      progress(`compiling ${locked.name} ${locked.version}`);
      // With their times, by which make knows that what was generated needs not be made again.
      const options = { recursive: true, preserveTimestamps: true };
      cpSync(unpackPackage(cache, locked), join(work, "source"), options);
    } else run("dpkg-deb", ["--extract", debPath(cache, locked), join(work, "sysroot")]);
  }
  run("make", [`-j${availableParallelism()}`, "program"], work);
}
