import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../tools/guest/cache.ts";
import { compiledEntry, planCompiled } from "../../tools/guest/compiled.ts";
import { debPath } from "../../tools/guest/mirror.ts";
import { readShare } from "../../tools/guest/recipe.ts";
import { newestSource } from "../../tools/guest/source-index.ts";
import { lockedPackage } from "./fixtures/locked-package.ts";

const repository = join(import.meta.dirname, "../..");
const DSC = sha256("dsc");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guest-compiled-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a compiled program", () => {
  const recipe = {
    source: "greet",
    why: "",
    folder: "guest/greet",
    against: ["libgreet-dev"],
    path: "bin/greet",
  };
  const lock = [
    lockedPackage("greet", { architecture: "source", sha256: DSC }),
    lockedPackage("libgreet-dev"),
  ];

  /** A cache, at any path, that has the packages already. */
  const cacheAt = (name: string) => {
    const cache = join(folder, name);
    const source = join(cache, "trees", DSC, "source");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "greet.c"), "#include <greet.h>\nconst char *file = __FILE__ HI;\n");
    const deb = join(folder, "deb");
    mkdirSync(join(deb, "DEBIAN"), { recursive: true });
    mkdirSync(join(deb, "usr/include"), { recursive: true });
    const control =
      "Package: libgreet-dev\nVersion: 1.0\nArchitecture: i386\nMaintainer: a <a@b.c>\nDescription: a\n";
    writeFileSync(join(deb, "DEBIAN/control"), control);
    writeFileSync(join(deb, "usr/include/greet.h"), '#define HI "hello"\n');
    const built = spawnSync("dpkg-deb", ["--build", deb, join(folder, "built.deb")]);
    expect(built.status, String(built.stderr)).toBe(0);
    mkdirSync(join(cache, "debs"));
    const [, against] = lock;
    if (against) renameSync(join(folder, "built.deb"), debPath(cache, against));
    return cache;
  };
  beforeEach(() => {
    mkdirSync(join(folder, "guest/greet"), { recursive: true });
    mkdirSync(join(folder, "guest/toolchain"));
    writeFileSync(
      join(folder, "guest/greet/Makefile"),
      "program: source/greet.c\n\tgcc --sysroot=sysroot -c -o $@ $<\n",
    );
  });

  it("is the same bytes from two folders", () => {
    const plan = planCompiled(folder, lock, "bookworm", recipe);
    const entry = compiledEntry(cacheAt("first"), plan);
    if (entry.kind !== "file") throw new Error(`it is a ${entry.kind}`);
    expect(entry.path).toBe("bin/greet");
    expect(Buffer.from(entry.data).includes("source/greet.chello")).toBe(true);
    expect(compiledEntry(cacheAt("a second"), plan)).toEqual(entry);
  });

  it("is another one when its Makefile or a package changes", () => {
    const { key } = planCompiled(folder, lock, "bookworm", recipe);
    const other = lock.map((each) => ({ ...each, sha256: sha256(each.sha256) }));
    expect(planCompiled(folder, other, "bookworm", recipe).key).not.toBe(key);
    writeFileSync(join(folder, "guest/greet/Makefile"), "program:\n\ttouch $@\n");
    expect(planCompiled(folder, lock, "bookworm", recipe).key).not.toBe(key);
  });

  it("needs a folder with a Makefile", () => {
    cpSync(join(repository, "guest"), join(folder, "guest"), { recursive: true });
    rmSync(join(folder, "guest/crun/Makefile"));
    expect(() => readShare(folder, "base")).toThrow(
      "the shared tree base: compiled[0].folder: guest/crun/Makefile does not exist",
    );
  });

  it("names an unknown key of its recipe and the known ones", () => {
    cpSync(join(repository, "guest"), join(folder, "guest"), { recursive: true });
    const path = join(folder, "guest/share/base.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace("    against:", "    with:"));
    expect(() => readShare(folder, "base")).toThrow(
      /compiled\.0: unknown key with; allowed: source, why, folder, against, path/,
    );
  });
});

describe("newestSource", () => {
  const entry = (version: string, more = "") => `Package: greet
Version: ${version}
Files:
 0123 7 greet_${version}.dsc
Checksums-Sha256:
 ${sha256(version)} 7 greet_${version}.dsc
 ${sha256("tar")} 9 greet_${version}.tar.xz
Directory: pool/main/g/greet
${more}`;

  it("reads the newest version with the hash of each file", () => {
    const text = `${entry("1.9-1")}\n${entry("1.10-1")}\n`;
    expect(newestSource(text, "greet", "bookworm")).toEqual({
      name: "greet",
      version: "1.10-1",
      architecture: "source",
      suite: "bookworm",
      source: { name: "greet", version: "1.10-1" },
      filename: "pool/main/g/greet/greet_1.10-1.dsc",
      size: 7,
      sha256: sha256("1.10-1"),
      libraries: [],
      archives: [
        { filename: "pool/main/g/greet/greet_1.10-1.tar.xz", size: 9, sha256: sha256("tar") },
      ],
    });
  });

  it("leaves out other packages and versions that are only kept", () => {
    const kept = entry("2.0-1", "Extra-Source-Only: yes\n");
    expect(newestSource(kept, "greet", "bookworm")).toBeUndefined();
    expect(newestSource(entry("1.0-1"), "other", "bookworm")).toBeUndefined();
  });
});
