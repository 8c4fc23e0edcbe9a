import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.ts";

/** Packages that programs with shared libraries are compiled against, unpacked beside the host's own. */
export const SHARED_TOOLCHAIN = ["libc6-dev", "libc6", "libgcc-12-dev"] as const;

const FLAGS =
  "-m32 -march=i686 -O2 -std=gnu11 -Wall -Wextra -Werror -nostdinc -nostdlib " +
  "-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables " +
  "-Wl,--build-id=none -Wl,-z,now -s";

/** What to link: a library by its name, or a program with the libraries it loads. */
export type Linkage =
  | { kind: "library"; soname: string }
  | { kind: "dynamic"; headers: string; libraries: readonly string[] };

/**
 * Compiles C files into an i386 shared library, or a program that loads shared libraries.
 * Every symbol is looked up when a program starts (`-z now`), so a library without one is noticed then.
 * @param sources absolute paths; so are the paths in `linkage`
 * @param toolchain the unpacked packages of {@link SHARED_TOOLCHAIN}, in that order
 */
export function compileShared(
  cache: string,
  sources: readonly string[],
  linkage: Linkage,
  [libcDev = "", libc = "", libgcc = ""]: readonly string[],
): Uint8Array<ArrayBuffer> {
  const output = join(cache, `shared.${process.pid}.part`);
  const start = (file: string) => join(libcDev, "usr/lib/i386-linux-gnu", file);
  const runtime = join(libgcc, "usr/lib/gcc/i686-linux-gnu/12");
  const includes = [
    join(runtime, "include"),
    join(libcDev, "usr/include"),
    join(libcDev, "usr/include/i386-linux-gnu"),
  ].flatMap((folder) => ["-isystem", folder]);
  const kind =
    linkage.kind === "library"
      ? ["-shared", "-fPIC", `-Wl,-soname,${linkage.soname}`, start("crti.o")]
      : [
          ...["-no-pie", "-fno-pie", "-Wl,--dynamic-linker=/lib/ld-linux.so.2"],
          ...["-I", linkage.headers, start("crt1.o"), start("crti.o")],
        ];
  mkdirSync(cache, { recursive: true });
  try {
    run("gcc", [
      ...FLAGS.split(" "),
      ...includes,
      ...["-o", output, ...kind, ...sources],
      ...(linkage.kind === "dynamic" ? linkage.libraries : []),
      ...[join(libc, "lib/i386-linux-gnu/libc.so.6"), start("libc_nonshared.a")],
      ...["-Wl,--as-needed", join(libc, "lib/i386-linux-gnu/ld-linux.so.2")],
      ...[join(runtime, "libgcc.a"), start("crtn.o")],
    ]);
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(output, { force: true });
  }
}
