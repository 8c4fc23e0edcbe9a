import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildStep } from "../../src/machine/build-progress.ts";
import type { GuestFile, GuestMachine, Manifest } from "../../src/machine/manifest.ts";
import { sha256, writeWhole } from "./cache.ts";
import { compiledEntry } from "./compiled.ts";
import { checkLicences, licenceTexts, readLicences } from "./licences.ts";
import type { LockedPackage } from "./lock.ts";
import { downloadPackages, unpackPackage } from "./mirror.ts";
import type { MachinePlan, SharePlan } from "./plan.ts";
import { progress } from "./progress.ts";
import { buildRootfs } from "./rootfs.ts";
import { buildShare, toolNames } from "./share.ts";
import { storeFile } from "./store.ts";

/** A text beside each machine. */
export const LICENCES_NAME = "licences.txt";

/** Where in the cache a machine is. */
export function machineFolder(cache: string, inputHash: string): string {
  return join(cache, "machines", inputHash.slice(0, 16));
}

/** Where in the cache the tree that machines share is, once it has been built. */
export function shareFolder(cache: string, { key }: SharePlan): string {
  return join(cache, "shares", key.slice(0, 16));
}

/** Builds the tree that machines share, or takes it from the cache. @param begin  told each step */
export function makeShare(
  root: string,
  cache: string,
  plan: SharePlan,
  begin: (step: BuildStep) => void,
) {
  begin("downloading");
  downloadPackages(cache, plan.packages);
  checkLicences(cache, readLicences(root), plan.packages);
  begin("share");
  if (!existsSync(shareFolder(cache, plan))) progress("the shared tree");
  return buildShare(root, cache, plan);
}

/**
 * Returns the machine's record without its snapshot, from the cache where its inputs have not
 * changed. Its files are then in {@link machineFolder}.
 * @param begin  told each step
 */
export async function buildMachine(
  root: string,
  cache: string,
  plan: MachinePlan,
  share: GuestFile | undefined,
  begin: (step: BuildStep) => void,
): Promise<GuestMachine> {
  const { recipe, rootfs, compiled, boot, packages } = plan;
  const folder = machineFolder(cache, plan.inputHash);
  const known = builtMachine(cache, plan.inputHash);
  if (!known) {
    begin("downloading");
    // The kernel's as well, which may have been compiled long ago: its licence is read from it.
    downloadPackages(cache, packages);
    checkLicences(cache, readLicences(root), packages);
    begin("kernel");
    const kernel = await boot.make();
    const userland = packages.filter((locked) => !boot.packages.includes(locked));
    begin("programs");
    const programs = compiled.map((each) => compiledEntry(cache, each));
    begin("assembling");
    if (rootfs) progress(`${recipe.name}: initial file system`);
    const tools = plan.share ? toolNames(plan.share.recipe) : new Set<string>();
    const initrd = rootfs && buildRootfs(root, cache, rootfs, userland, programs, tools);
    const firmware = packages.find((p) => p.name === recipe.firmware.package);
    if (!firmware) throw new Error("the plan has no firmware package");
    const firmwareFile = (path: string) => readFileSync(join(unpackPackage(cache, firmware), path));
    const store = (part: string, data: Uint8Array) => storeFile(folder, recipe.name, part, data);
    progress(`${recipe.name}: compressing`);
    const all = [...packages, ...(plan.share?.packages ?? [])];
    const machine: GuestMachine = {
      title: recipe.title,
      inputHash: plan.inputHash,
      memoryMiB: recipe.memoryMiB,
      ...(recipe.mac !== undefined && { mac: recipe.mac }),
      ...(recipe.cmdline !== undefined && { cmdline: recipe.cmdline }),
      terminals: recipe.terminals,
      kernelRelease: kernel.release,
      files: {
        bios: store("bios", firmwareFile(recipe.firmware.bios)),
        ...(recipe.firmware.vgaBios && {
          vgaBios: store("vgabios", firmwareFile(recipe.firmware.vgaBios)),
        }),
        ...(initrd
          ? {
              kernel: store("kernel", kernel.image),
              initrd: store("initrd", initrd),
              ...(share && { share }),
            }
          : { floppy: store("floppy", kernel.image) }),
      },
      packages: distinct(all).map(({ name, version, architecture, suite, source, sha256 }) => ({
        name,
        version,
        architecture,
        suite,
        source,
        sha256,
      })),
    };
    writeWhole(join(folder, recipe.name, LICENCES_NAME), licenceTexts(cache, distinct(all)));
    writeWhole(recordPath(folder), JSON.stringify(machine));
    return machine;
  }
  return known;
}

/** The record of a machine that the cache has; undefined when it has still to be built. */
export function builtMachine(cache: string, inputHash: string): GuestMachine | undefined {
  const record = recordPath(machineFolder(cache, inputHash));
  return existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
}

/** Written last: what it describes is there. */
function recordPath(folder: string): string {
  return join(folder, "machine.json");
}

/** The emulator goes the same way as the machines, so that one check covers all. */
export function buildEngine(
  root: string,
  cache: string,
): { folder: string; engine: Manifest["engine"] } {
  const home = join(root, "node_modules/v86");
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const wasm = readFileSync(join(home, "build/v86.wasm"));
  const folder = join(cache, "engines", `${sha256(wasm).slice(0, 16)}.zstd`);
  const record = join(folder, "engine.json");
  if (!existsSync(record))
    writeWhole(record, JSON.stringify(storeFile(folder, "engine", "v86", wasm)));
  const file: GuestFile = JSON.parse(readFileSync(record, "utf8"));
  return { folder, engine: { name: "v86", version, wasm: file } };
}

function distinct(packages: readonly LockedPackage[]): LockedPackage[] {
  return [...new Map(packages.map((locked) => [locked.sha256, locked])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}
