import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GuestMachine, Manifest } from "../../src/machine/manifest.ts";
import { builtMachine, shareFolder } from "./build.ts";
import type { Work } from "./estimate.ts";
import { kernelFolder } from "./kernel.ts";
import type { LockedPackage } from "./lock.ts";
import { missingFiles } from "./mirror.ts";
import type { MachinePlan } from "./plan.ts";
import { readSnapshot, snapshotFolder } from "./snapshot.ts";
import { kernelFiles, readTimes, type Times, workOf } from "./times.ts";

interface Place {
  root: string;
  cache: string;
  engine: Manifest["engine"];
}

/** What is left to do for these machines, in order: nothing for what the cache has. */
export function worksLeft(place: Place, plans: readonly MachinePlan[]): Work[] {
  const times = readTimes(place.cache);
  const seen = new Set<string>();
  return plans.flatMap((plan) => worksOf(place, plan, times, seen));
}

/** @param seen  what earlier machines bring: digests of files, keys of what is made once for all */
function worksOf(
  { root, cache, engine }: Place,
  plan: MachinePlan,
  times: Times,
  seen: Set<string>,
) {
  const { share, boot, compiled, recipe } = plan;
  const { name } = recipe;
  const works: Work[] = [];
  const once = (key: string, isThere: () => boolean) => {
    if (seen.has(key) || isThere()) return false;
    seen.add(key);
    return true;
  };
  const download = (packages: readonly LockedPackage[]) => {
    const fresh = missingFiles(cache, packages).filter(({ sha256 }) => !seen.has(sha256));
    for (const { sha256 } of fresh) seen.add(sha256);
    const bytes = fresh.reduce((sum, { size }) => sum + size, 0);
    if (bytes > 0) works.push(workOf(times, name, "downloading", bytes, true));
  };

  if (share) download(share.packages);
  if (share && once(share.key, () => existsSync(shareFolder(cache, share))))
    works.push(workOf(times, null, "share", 1));
  const built = builtMachine(cache, plan.inputHash);
  if (!built) {
    download(plan.packages);
    const isCompiled = recipe.kernel.from === "source";
    if (isCompiled && once(boot.key, () => existsSync(kernelFolder(cache, boot.key))))
      works.push(workOf(times, name, "kernel", kernelFiles(times, name), true));
    const programs = compiled.filter(({ key }) =>
      once(key, () => existsSync(join(cache, "programs", key.slice(0, 16)))),
    );
    if (programs.length > 0) works.push(workOf(times, name, "programs", programs.length));
    works.push(workOf(times, name, "assembling", 1));
  }
  const isSaved = (machine: GuestMachine) =>
    readSnapshot(snapshotFolder(root, cache, machine, engine)) !== undefined;
  if (recipe.snapshot && !(built && isSaved(built))) works.push(workOf(times, name, "snapshot", 1));
  return works;
}
