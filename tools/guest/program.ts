import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CpioEntry } from "./cpio.ts";
import { GuestBuildError } from "./errors.ts";
import { filesBelow } from "./libraries.ts";
import type { LockedPackage } from "./lock.ts";
import { unpackPackage } from "./mirror.ts";
import type { ProgramRecipe } from "./recipe.ts";
import { run } from "./run.ts";

/** Packages that our own C programs are compiled against, unpacked beside the host's own. */
export const TOOLCHAIN = ["musl-dev", "libgcc-12-dev"] as const;

const FLAGS =
  "-m32 -march=i686 -Os -std=gnu11 -Wall -Wextra -Werror -static -no-pie -fno-pie " +
  "-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables " +
  "-nostdinc -nostdlib -Wl,--build-id=none -Wl,--gc-sections -s";

/** Compiles each of our programs. @param packages  among which must be those of {@link TOOLCHAIN} */
export function ownPrograms(
  root: string,
  cache: string,
  recipes: readonly ProgramRecipe[],
  packages: readonly LockedPackage[],
): CpioEntry[] {
  if (recipes.length === 0) return [];
  const toolchain = TOOLCHAIN.map((name) => {
    const locked = packages.find((p) => p.name === name);
    if (!locked) throw new GuestBuildError(`${name} is not among the packages to compile with`);
    return unpackPackage(cache, locked);
  });
  return recipes.map(({ source, path }) => {
    const sources = filesBelow(root, source).filter((file) => file.endsWith(".c"));
    const files = sources.map((file) => join(root, file));
    const data = compileProgram(cache, files, toolchain);
    return { kind: "file", path, mode: 0o755, data };
  });
}

/** Compiles C files into one static i386 program. */
export function compileProgram(
  cache: string,
  sources: readonly string[],
  [musl = "", libgcc = ""]: readonly string[],
): Uint8Array<ArrayBuffer> {
  const output = join(cache, `program.${process.pid}.part`);
  const libc = (file: string) => join(musl, "usr/lib/i386-linux-musl", file);
  const runtime = join(libgcc, "usr/lib/gcc/i686-linux-gnu/12/libgcc.a");
  mkdirSync(cache, { recursive: true });
  try {
    run("gcc", [
      ...FLAGS.split(" "),
      "-isystem",
      join(musl, "usr/include/i386-linux-musl"),
      ...["-o", output, libc("crt1.o"), libc("crti.o"), ...sources],
      ...[libc("libc.a"), runtime, libc("crtn.o")],
    ]);
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(output, { force: true });
  }
}
