import { join } from "node:path";
import { parseArgs } from "node:util";
import type { GuestMachine, Manifest } from "../src/machine/manifest.ts";
import { buildEngine, buildMachine, machineFolder, makeShare } from "./guest/build.ts";
import { cacheFolder, withLock, writeWhole } from "./guest/cache.ts";
import { GuestBuildError } from "./guest/errors.ts";
import { formatLicences, LICENCES_PAGE, readLicences } from "./guest/licences.ts";
import { formatLock, LOCK_FILE, readLock } from "./guest/lock.ts";
import { IMAGE_NEEDS } from "./guest/oci.ts";
import {
  type MachinePlan,
  planMachine,
  planShare,
  type Recipes,
  readRecipes,
} from "./guest/plan.ts";
import { bytes, progress } from "./guest/progress.ts";
import { publish, publishedMachines, publishMachine, publishManifest } from "./guest/publish.ts";
import { resolvePackages } from "./guest/resolve.ts";
import { sharedFiles } from "./guest/share.ts";
import { readSnapshot, snapshotFolder, takeSnapshot } from "./guest/snapshot.ts";
import { lockWishes } from "./guest/wishes.ts";
import { ensurePackages, MissingSystemPackagesError } from "./lib/system-packages.ts";

const USAGE = `npm run guest                    build the machines into public/images/guest
npm run guest -- linux           build only the machines named, keep the others as they are
npm run guest -- --update-lock   move the pinned Debian packages to today's versions, then build
npm run guest -- --licences      write docs/machine-licences.md, then build`;

const root = join(import.meta.dirname, "..");
const output = join(root, "public/images/guest");
const cache = cacheFolder();

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
    { command: "dpkg-source", package: "dpkg-dev" },
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
  const recipes = readRecipes(root);
  const chosen = chooseMachines(positionals, recipes);
  await withLock(cache, async () => {
    if (values["update-lock"]) {
      writeWhole(join(root, LOCK_FILE), formatLock(resolvePackages(cache, lockWishes(recipes))));
      progress(`${LOCK_FILE} written`);
    }
    const plans = planAll(recipes);
    if (values.licences) {
      const all = plans.flatMap(({ packages, share }) => [...packages, ...(share?.packages ?? [])]);
      writeWhole(join(root, LICENCES_PAGE), formatLicences(readLicences(root), all));
    }
    await buildAll(plans, chosen);
  });
}

/** The machines named on the command line, or all. */
function chooseMachines(names: readonly string[], { machines }: Recipes): readonly string[] {
  const known = machines.map(({ recipe }) => recipe.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new GuestBuildError(`no machine ${unknown.join(", ")}; there are: ${known.join(", ")}`);
  return names.length === 0 ? known : names;
}

function planAll(recipes: Recipes): MachinePlan[] {
  const lock = readLock(root);
  const share = planShare(root, cache, lock, recipes.share);
  return recipes.machines.map((each) => planMachine(root, cache, lock, each, share));
}

/** Builds and publishes the chosen machines; of the others, what an earlier build has published. */
async function buildAll(plans: readonly MachinePlan[], chosen: readonly string[]): Promise<void> {
  const built = buildEngine(root, cache);
  const { engine } = built;
  publish(built.folder, output, engine.wasm);
  const before = publishedMachines(output);
  const machines: Record<string, GuestMachine> = {};
  for (const plan of plans) {
    const { name } = plan.recipe;
    const known = before[name];
    if (!chosen.includes(name)) {
      if (known) machines[name] = known;
      continue;
    }
    const share = plan.share && makeShare(root, cache, plan.share);
    const machine = await buildMachine(root, cache, plan, share?.index);
    publishMachine(machineFolder(cache, plan.inputHash), output, name, machine);
    if (share)
      for (const file of [share.index, ...sharedFiles(share.folder, share.index)])
        publish(share.folder, output, file);
    machines[name] = machine;
  }
  await addSnapshots(plans, chosen, engine, machines);
  const { changed, bytes: size } = publishManifest(output, { schema: 1, engine, machines });
  const names = Object.keys(machines).join(", ");
  progress(`${changed ? "built" : "up to date"}: ${names}; ${bytes(size)} in public/images/guest`);
}

/** A snapshot is taken of what has been published, so the manifest may be written twice. */
async function addSnapshots(
  plans: readonly MachinePlan[],
  chosen: readonly string[],
  engine: Manifest["engine"],
  machines: Record<string, GuestMachine>,
): Promise<void> {
  for (const { recipe } of plans) {
    const { name } = recipe;
    const machine = machines[name];
    if (!recipe.snapshot || !machine || !chosen.includes(name)) continue;
    const folder = snapshotFolder(root, cache, machine, engine);
    let snapshot = readSnapshot(folder);
    if (!snapshot) {
      publishManifest(output, { schema: 1, engine, machines });
      snapshot = await takeSnapshot(folder, output, name, machine, engine);
    }
    publish(folder, output, snapshot.state);
    machines[name] = { ...machine, snapshot };
  }
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
