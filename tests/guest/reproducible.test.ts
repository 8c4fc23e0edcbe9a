import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheFolder, sha256 } from "../../tools/guest/cache.ts";
import { type CompiledPlan, compiledEntry } from "../../tools/guest/compiled.ts";
import { readLock } from "../../tools/guest/lock.ts";
import { planMachine, planShare, readRecipes } from "../../tools/guest/plan.ts";
import { buildRootfs } from "../../tools/guest/rootfs.ts";
import { toolNames } from "../../tools/guest/share.ts";
import { ROOT } from "../../tools/lib/paths.ts";

const COMPILE_LIMIT_MS = 600_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reproducible-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A cache at another path that has only what was downloaded, and what else is named. */
function otherCache(name: string, ...kept: string[]): string {
  const cache = join(folder, name);
  mkdirSync(cache);
  for (const each of ["debs", "trees", ...kept])
    symlinkSync(join(cacheFolder(), each), join(cache, each));
  return cache;
}

function plan() {
  const lock = readLock(ROOT);
  const recipes = readRecipes(ROOT);
  const base = recipes.shares.find(({ name }) => name === "base");
  if (!base) throw new Error("there is no shared tree base");
  const share = planShare(ROOT, cacheFolder(), lock, base);
  const linux = recipes.machines.find(({ recipe }) => recipe.name === "linux");
  if (!linux) throw new Error("there is no machine linux");
  return { machine: planMachine(ROOT, cacheFolder(), lock, linux, [share]), share };
}

const hashOf = (cache: string, program: CompiledPlan) => {
  const entry = compiledEntry(cache, program);
  return entry.kind === "file" ? sha256(entry.data) : entry.kind;
};

/**
 * The hash of a program that was compiled in another folder. That takes minutes, so what came out is
 * kept in the cache by the hash of what went in, as everything that is built.
 */
function hashElsewhere(program: CompiledPlan): string {
  const record = join(cacheFolder(), "compiled-elsewhere", program.key);
  if (existsSync(record)) return readFileSync(record, "utf8");
  const hash = hashOf(otherCache(`compiled-${program.key.slice(0, 8)}`), program);
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, hash);
  return hash;
}

describe("the same inputs give the same bytes", () => {
  it("in the initial file system, built in two folders", () => {
    const { machine, share } = plan();
    const build = (name: string) => {
      const { rootfs, packages, boot, compiled } = machine;
      if (!rootfs) throw new Error("linux has an initial file system");
      const cache = otherCache(name, "programs");
      const userland = packages.filter((locked) => !boot.packages.includes(locked));
      const programs = compiled.map((each) => compiledEntry(cache, each));
      return buildRootfs(ROOT, cache, rootfs, userland, programs, toolNames(share.recipe));
    };
    const first = build("first");
    expect(first.length).toBeGreaterThan(1e6);
    expect(sha256(build("a second"))).toBe(sha256(first));
  });

  it(
    "in bash, busybox and crun, compiled again in another folder",
    () => {
      const { machine, share } = plan();
      for (const program of [...machine.compiled, ...share.compiled])
        expect([program.path, hashElsewhere(program)]).toEqual([
          program.path,
          hashOf(cacheFolder(), program),
        ]);
    },
    COMPILE_LIMIT_MS,
  );
});
