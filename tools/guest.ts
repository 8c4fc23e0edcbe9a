import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BuildPlace, buildAll } from "./guest/build-all.ts";
import { withLock } from "./guest/build-lock.ts";
import { cacheFolder, writeWhole } from "./guest/cache.ts";
import { GuestBuildError } from "./guest/errors.ts";
import { formatLicences, LICENCES_PAGE, readLicences } from "./guest/licences.ts";
import { formatLock, LOCK_FILE, readLock } from "./guest/lock.ts";
import { DownloadError } from "./guest/mirror.ts";
import { IMAGE_NEEDS } from "./guest/oci.ts";
import { inOrder } from "./guest/order.ts";
import {
  type MachinePlan,
  planMachine,
  planShare,
  type Recipes,
  readRecipes,
} from "./guest/plan.ts";
import { progress } from "./guest/progress.ts";
import { resolvePackages, todayInsteadOf } from "./guest/resolve.ts";
import { Teller } from "./guest/teller.ts";
import { troubleOf } from "./guest/trouble.ts";
import { lockWishes } from "./guest/wishes.ts";
import { GUEST, ROOT } from "./lib/paths.ts";
import { ensurePackages, type SystemNeed } from "./lib/system-packages.ts";

const USAGE = `npm run guest                    build the machines into public/images/guest
npm run guest -- linux           build only the machines named, keep the others as they are
npm run guest -- --update-lock   move the pinned Debian packages to today's versions, then build
npm run guest -- --update-lock --suite forky   only those of one Debian suite
npm run guest -- --licences      write docs/machine-licences.md, then build`;

const NEEDS: readonly SystemNeed[] = [
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
];

const place: BuildPlace = { root: ROOT, cache: cacheFolder(), output: GUEST };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "update-lock": { type: "boolean", default: false },
    suite: { type: "string" },
    licences: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(USAGE);
else if (values.suite !== undefined && !values["update-lock"]) {
  console.error(`--suite says what --update-lock moves.\n\n${USAGE}`);
  process.exitCode = 2;
} else process.exitCode = (await main()) ? 0 : 1;

/** @returns whether the machines are there; what went wrong has been said, in the terminal and to pages */
async function main(): Promise<boolean> {
  const { root, cache, output } = place;
  const teller = new Teller(place);
  try {
    const recipes = readRecipes(root);
    recipes.machines = inOrder(root, recipes.machines);
    const chosen = chooseMachines(positionals, recipes);
    teller.machines = recipes.machines
      .filter(({ recipe }) => chosen.includes(recipe.name))
      .map(({ recipe }) => ({ id: recipe.name, title: recipe.title }));
    const work = () =>
      teller.telling(async (report) => {
        report.step("preparing");
        ensurePackages(NEEDS);
        const plans = planAll(updated(recipes));
        if (values.licences) writeLicences(plans);
        await buildAll(place, plans, chosen, report);
      });
    await withLock(cache, work, { output, onWait: (owner) => teller.waits(owner) });
    return true;
  } catch (error) {
    const { text, isBug } = troubleOf(error, cache);
    console.error(isBug ? error : text);
    const lost = error instanceof DownloadError ? error.lost : undefined;
    const instead = lost && todayInsteadOf(cache, lost);
    if (instead) console.error(instead);
    return false;
  } finally {
    await teller.end();
  }
}

/** The machines named on the command line, or all. */
function chooseMachines(names: readonly string[], { machines }: Recipes): readonly string[] {
  const known = machines.map(({ recipe }) => recipe.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new GuestBuildError(`no machine ${unknown.join(", ")}; there are: ${known.join(", ")}`);
  if (names.length > 0) return names;
  return machines.map(({ recipe }) => recipe.name);
}

/** Moves the lock file to today's packages, if that was asked for. */
function updated(recipes: Recipes): Recipes {
  if (!values["update-lock"]) return recipes;
  const { root, cache } = place;
  const wishes = lockWishes(recipes);
  const suites = new Set(wishes.map(({ suite }) => suite));
  const { suite: only } = values;
  if (only !== undefined && !suites.has(only))
    throw new GuestBuildError(
      `no package is taken from the suite ${only}; there are: ${[...suites].join(", ")}`,
    );
  const isMoved = ({ suite }: { suite: string }) => only === undefined || suite === only;
  const kept = only === undefined ? [] : readLock(root).filter((each) => !isMoved(each));
  const moved = resolvePackages(cache, wishes.filter(isMoved));
  writeWhole(join(root, LOCK_FILE), formatLock([...kept, ...moved]));
  progress(`${LOCK_FILE} written`);
  return recipes;
}

function writeLicences(plans: readonly MachinePlan[]): void {
  const all = plans.flatMap(({ packages, share }) => [...packages, ...(share?.packages ?? [])]);
  writeWhole(join(place.root, LICENCES_PAGE), formatLicences(readLicences(place.root), all));
}

function planAll(recipes: Recipes): MachinePlan[] {
  const { root, cache } = place;
  const lock = readLock(root);
  const shares = recipes.shares.map((each) => planShare(root, cache, lock, each));
  return recipes.machines.map((each) => planMachine(root, cache, lock, each, shares));
}
