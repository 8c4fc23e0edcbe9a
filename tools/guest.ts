import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import {
  type GuestFile,
  type GuestMachine,
  type Manifest,
  manifestSchema,
} from "../src/machine/manifest.ts";
import { type BootPlan, planBoot } from "./guest/boot.ts";
import { cacheFolder, hashOf, sha256, withLock, writeWhole } from "./guest/cache.ts";
import { GuestBuildError } from "./guest/errors.ts";
import { filesBelow } from "./guest/libraries.ts";
import {
  checkLicences,
  formatLicences,
  LICENCE_TEXTS,
  LICENCES_PAGE,
  licenceTexts,
  readLicences,
} from "./guest/licences.ts";
import { closure, formatLock, LOCK_FILE, type LockedPackage, readLock } from "./guest/lock.ts";
import { downloadPackages, unpackPackage } from "./guest/mirror.ts";
import { imageWishes } from "./guest/oci/plan.ts";
import { readImages } from "./guest/oci/recipe.ts";
import { buildImages, IMAGE_NEEDS } from "./guest/oci.ts";
import { TOOLCHAIN } from "./guest/program.ts";
import { bytes, progress } from "./guest/progress.ts";
import {
  type KernelRecipe,
  type MachineRecipe,
  type RootfsRecipe,
  readMachines,
  readRootfs,
} from "./guest/recipe.ts";
import { type ResolveWish, resolvePackages } from "./guest/resolve.ts";
import { buildRootfs } from "./guest/rootfs.ts";
import { storeFile } from "./guest/store.ts";
import { ensurePackages, MissingSystemPackagesError } from "./lib/system-packages.ts";

const USAGE = `npm run guest                    build the machines into public/images/guest
npm run guest -- linux           build only the machines named, keep the others as they are
npm run guest -- --update-lock   move the pinned Debian packages to today's versions, then build
npm run guest -- --licences      write docs/machine-licences.md, then build`;
const LICENCES_NAME = "licences.txt";

const root = join(import.meta.dirname, "..");
const output = join(root, "public/images/guest");
const cache = cacheFolder();

/** The scripts that decide a machine's bytes: a change in one makes it another machine. */
const SCRIPTS = ["boot", "cpio", "elf", "kernel", "libraries", "program", "rootfs", "store"];

interface Recipes {
  recipe: MachineRecipe;
  rootfs: RootfsRecipe | undefined;
}

/** All that one machine is made from, read and hashed before anything is built. */
interface Plan extends Recipes {
  boot: BootPlan;
  packages: LockedPackage[];
  inputHash: string;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "update-lock": { type: "boolean" },
      licences: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(USAGE);
  ensurePackages([
    ...["apt-get", "apt-cache"].map((command) => ({ command, package: "apt" })),
    { command: "dpkg-deb", package: "dpkg" },
    { command: "tar", package: "tar" },
    { command: "gcc", package: "gcc" },
    ...["ld", "objcopy"].map((command) => ({ command, package: "binutils" })),
    { command: "make", package: "make" },
    { command: "flex", package: "flex" },
    { command: "bison", package: "bison" },
    { command: "bc", package: "bc" },
    { command: "xz", package: "xz-utils" },
    { command: "perl", package: "perl" },
    { file: "/usr/include/stdio.h", package: "libc6-dev" },
    ...IMAGE_NEEDS,
  ]);
  const recipes = readMachines(root).map((recipe) => ({
    recipe,
    rootfs: readRootfs(root, recipe),
  }));
  const chosen = chooseMachines(positionals, recipes);
  await withLock(cache, async () => {
    if (values["update-lock"]) updateLock(recipes);
    if (values.licences) {
      const images = buildImages(root, cache, readLock(root));
      const all = [...recipes.map(plan), ...images].flatMap(({ packages }) => packages);
      writeWhole(join(root, LICENCES_PAGE), formatLicences(readLicences(root), all));
    }
    const engine = publishEngine();
    const machines = chosen.length < recipes.length ? builtBefore(recipes) : {};
    for (const each of chosen) machines[each.recipe.name] = await build(plan(each));
    publishManifest({ schema: 1, engine, machines });
  });
}

/** The machines named on the command line, or all. */
function chooseMachines(names: readonly string[], recipes: readonly Recipes[]): readonly Recipes[] {
  const known = recipes.map(({ recipe }) => recipe.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new GuestBuildError(`no machine ${unknown.join(", ")}; there are: ${known.join(", ")}`);
  return names.length === 0 ? recipes : recipes.filter(({ recipe }) => names.includes(recipe.name));
}

/** The machines that an earlier build has published and that there still are recipes for. */
function builtBefore(recipes: readonly Recipes[]): Manifest["machines"] {
  const path = join(output, "manifest.json");
  if (!existsSync(path)) return {};
  const manifest = manifestSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  const known = new Set(recipes.map(({ recipe }) => recipe.name));
  const entries = Object.entries(manifest.data?.machines ?? {});
  return Object.fromEntries(entries.filter(([name]) => known.has(name)));
}

function updateLock(recipes: readonly Recipes[]): void {
  const wishes = recipes.flatMap(({ recipe, rootfs }): ResolveWish[] => [
    ...kernelWishes(recipe.kernel),
    { name: recipe.firmware.package, suite: recipe.firmware.suite, paths: [] },
    { name: LICENCE_TEXTS, suite: recipe.firmware.suite, paths: [] },
    ...(rootfs ? TOOLCHAIN.map((name) => ({ name, suite: rootfs.suite, paths: [] })) : []),
    ...(rootfs?.packages.map(({ name, paths }) => ({ name, suite: rootfs.suite, paths })) ?? []),
  ]);
  wishes.push(...readImages(root).flatMap(imageWishes));
  writeWhole(join(root, LOCK_FILE), formatLock(resolvePackages(cache, wishes)));
  progress(`${LOCK_FILE} written`);
}

function kernelWishes(kernel: KernelRecipe): ResolveWish[] {
  if (kernel.from === "folder") return [];
  const { package: name, suite } = kernel;
  return [{ name, suite, paths: [], isMetapackage: kernel.from === "package" }];
}

function plan({ recipe, rootfs }: Recipes): Plan {
  const lock = readLock(root);
  const { firmware } = recipe;
  const boot = planBoot(root, cache, lock, recipe.kernel);
  const userland = rootfs
    ? [...rootfs.packages.map(({ name }) => name), ...TOOLCHAIN].map((name) => ({
        name,
        suite: rootfs.suite,
      }))
    : [];
  const others = [firmware.package, LICENCE_TEXTS].map((name) => ({
    name,
    suite: firmware.suite,
  }));
  const packages = [...boot.packages, ...closure(lock, [...others, ...userland])].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const sources = [
    ...(rootfs?.programs.flatMap(({ source }) => filesBelow(root, source)) ?? []),
    ...(rootfs ? filesBelow(root, rootfs.overlay) : []),
    ...SCRIPTS.map((name) => `tools/guest/${name}.ts`),
  ].map((path) => {
    const executable = (statSync(join(root, path)).mode & 0o111) !== 0;
    return [path, executable, sha256(readFileSync(join(root, path)))];
  });
  const inputHash = hashOf([recipe, rootfs, boot.key, packages, sources]);
  return { recipe, rootfs, boot, packages, inputHash };
}

/** Returns the machine's record, from the cache where its inputs have not changed. */
async function build(plan: Plan): Promise<GuestMachine> {
  const { recipe, rootfs, boot, packages } = plan;
  const folder = join(cache, "machines", plan.inputHash.slice(0, 16));
  const record = join(folder, "machine.json");
  if (!existsSync(record)) {
    const kernel = await boot.make();
    const userland = packages.filter((locked) => !boot.packages.includes(locked));
    downloadPackages(cache, userland);
    checkLicences(cache, readLicences(root), packages);
    if (rootfs) progress(`${recipe.name}: initial file system`);
    const initrd = rootfs && buildRootfs(root, cache, rootfs, userland);
    const firmware = packages.find((p) => p.name === recipe.firmware.package);
    if (!firmware) throw new Error("the plan has no firmware package");
    const firmwareFile = (path: string) => readFileSync(join(unpackPackage(cache, firmware), path));
    const store = (part: string, data: Uint8Array) => storeFile(folder, recipe.name, part, data);
    progress(`${recipe.name}: compressing`);
    const machine: GuestMachine = {
      title: recipe.title,
      inputHash: plan.inputHash,
      memoryMiB: recipe.memoryMiB,
      ...(recipe.cmdline !== undefined && { cmdline: recipe.cmdline }),
      terminals: recipe.terminals,
      kernelRelease: kernel.release,
      files: {
        bios: store("bios", firmwareFile(recipe.firmware.bios)),
        ...(recipe.firmware.vgaBios && {
          vgaBios: store("vgabios", firmwareFile(recipe.firmware.vgaBios)),
        }),
        ...(initrd
          ? { kernel: store("kernel", kernel.image), initrd: store("initrd", initrd) }
          : { floppy: store("floppy", kernel.image) }),
      },
      packages: packages.map(({ name, version, architecture, suite, source, sha256 }) => ({
        name,
        version,
        architecture,
        suite,
        source,
        sha256,
      })),
    };
    writeWhole(join(folder, recipe.name, LICENCES_NAME), licenceTexts(cache, packages));
    writeWhole(record, JSON.stringify(machine));
  }
  const machine: GuestMachine = JSON.parse(readFileSync(record, "utf8"));
  for (const file of filesOf(machine)) publish(folder, file);
  const licences = `${recipe.name}/${LICENCES_NAME}`;
  writeWhole(join(output, licences), readFileSync(join(folder, licences)));
  return machine;
}

/** The emulator goes the same way as the machines, so that one check covers all. */
function publishEngine(): Manifest["engine"] {
  const home = join(root, "node_modules/v86");
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const wasm = readFileSync(join(home, "build/v86.wasm"));
  const folder = join(cache, "engines", `${sha256(wasm).slice(0, 16)}.zstd`);
  const record = join(folder, "engine.json");
  if (!existsSync(record))
    writeWhole(record, JSON.stringify(storeFile(folder, "engine", "v86", wasm)));
  const file: GuestFile = JSON.parse(readFileSync(record, "utf8"));
  publish(folder, file);
  return { name: "v86", version, wasm: file };
}

function publish(folder: string, file: GuestFile): void {
  const target = join(output, file.path);
  if (statSync(target, { throwIfNoEntry: false })?.size === file.size) return;
  writeWhole(target, readFileSync(join(folder, file.path)));
}

/** Writes the manifest once all its files are in place, then removes what it does not name. */
function publishManifest(manifest: Manifest): void {
  const path = join(output, "manifest.json");
  const text = `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
  const files = [manifest.engine.wasm, ...Object.values(manifest.machines).flatMap(filesOf)];
  const same = existsSync(path) && readFileSync(path, "utf8") === text;
  if (!same) writeWhole(path, text);

  const licences = Object.keys(manifest.machines).map((name) => `${name}/${LICENCES_NAME}`);
  const named = new Set(["manifest.json", ...licences, ...files.map((file) => file.path)]);
  mkdirSync(output, { recursive: true });
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    const file = relative(output, join(entry.parentPath, entry.name));
    if (entry.isFile() && !named.has(file)) rmSync(join(output, file));
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const names = Object.keys(manifest.machines).join(", ");
  progress(
    `${same ? "up to date" : "built"}: ${names}; ${bytes(total)} in ${relative(root, dirname(path))}`,
  );
}

function filesOf({ files }: GuestMachine): GuestFile[] {
  return Object.values(files).filter((file) => file !== undefined);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof GuestBuildError || error instanceof MissingSystemPackagesError)) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    console.error(
      `the disk is full. What has been downloaded and built is kept in ${cache}; free some space (3 GB are enough) and run the same command to go on.`,
    );
  } else console.error(error.message);
  process.exitCode = 1;
}
