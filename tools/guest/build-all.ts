import type { BuildStep } from "../../src/machine/build-progress.ts";
import type { GuestFile, GuestMachine, Manifest } from "../../src/machine/manifest.ts";
import type { Preparation } from "../../src/machine/node.ts";
import { buildEngine, buildMachine, machineFolder, makeShare } from "./build.ts";
import type { MachinePlan } from "./plan.ts";
import { bytes, progress } from "./progress.ts";
import { publish, publishedMachines, publishMachine, publishManifest } from "./publish.ts";
import type { MachineRecipe } from "./recipe.ts";
import type { BuildReport } from "./report.ts";
import { sharedFiles } from "./share.ts";
import { readSnapshot, snapshotFolder, takeSnapshot } from "./snapshot.ts";
import { worksLeft } from "./works.ts";

export interface BuildPlace {
  root: string;
  cache: string;
  /** Folder in which the machines are published. */
  output: string;
}

/**
 * Builds machines in the order of their plans, and publishes each as soon as it can be started, and
 * once more with its snapshot.
 * @param chosen  names of those to build; the others stay as an earlier build has published them
 */
export async function buildAll(
  place: BuildPlace,
  plans: readonly MachinePlan[],
  chosen: readonly string[],
  report: BuildReport,
): Promise<void> {
  const { root, cache, output } = place;
  const wanted = plans.filter(({ recipe }) => chosen.includes(recipe.name));
  const built = buildEngine(root, cache);
  const { engine } = built;
  const published = new Published(output, engine, plans);
  report.plan(worksLeft({ root, cache, engine }, wanted), published.names);
  publish(built.folder, output, engine.wasm);
  for (const plan of wanted) {
    const { name } = plan.recipe;
    const begin = (step: BuildStep) => report.step(step, step === "share" ? null : name);
    const share = plan.share && makeShare(root, cache, plan.share, begin);
    const machine = await buildMachine(root, cache, plan, share?.index, begin);
    publishMachine(machineFolder(cache, plan.inputHash), output, name, machine);
    if (share) publishShare(share, output);
    const folder = snapshotFolder(root, cache, machine, engine);
    let snapshot = plan.recipe.snapshot ? readSnapshot(folder) : undefined;
    if (plan.recipe.snapshot && !snapshot) {
      // It is taken of what has been published, and the machine can be used meanwhile.
      published.write(name, machine);
      report.ready(name);
      begin("snapshot");
      const preparation = preparationOf(plan.recipe.snapshot);
      snapshot = await takeSnapshot(folder, output, name, machine, engine, preparation);
    }
    if (snapshot) publish(folder, output, snapshot.state);
    published.write(name, snapshot ? { ...machine, snapshot } : machine);
    report.ready(name);
  }
  published.tell();
}

/** What a recipe says is done before the snapshot. */
function preparationOf(snapshot: MachineRecipe["snapshot"]): Preparation {
  if (typeof snapshot === "boolean") return {};
  return { commands: snapshot.prepare.map(({ run }) => run), keepFiles: snapshot.keepFiles };
}

function publishShare({ folder, index }: { folder: string; index: GuestFile }, output: string) {
  for (const file of [index, ...sharedFiles(folder, index)]) publish(folder, output, file);
}

/** What the manifest has: machines of earlier builds, until each is replaced by what is built now. */
class Published {
  readonly #output: string;
  readonly #engine: Manifest["engine"];
  /** All that there are recipes for, in the order of the manifest. */
  readonly #known: readonly string[];
  readonly #machines: Map<string, GuestMachine>;
  #changed = false;
  #bytes = 0;

  constructor(output: string, engine: Manifest["engine"], plans: readonly MachinePlan[]) {
    this.#output = output;
    this.#engine = engine;
    this.#known = plans.map(({ recipe }) => recipe.name);
    this.#machines = new Map(Object.entries(publishedMachines(output)));
  }

  get names(): string[] {
    return this.#known.filter((name) => this.#machines.has(name));
  }

  /** Adds a machine whose files are all in place. */
  write(name: string, machine: GuestMachine): void {
    this.#machines.set(name, machine);
    const machines = Object.fromEntries(
      this.names.map((each) => [each, this.#machines.get(each) as GuestMachine]),
    );
    const manifest: Manifest = { schema: 1, engine: this.#engine, machines };
    const { changed, bytes: size } = publishManifest(this.#output, manifest);
    this.#changed ||= changed;
    this.#bytes = size;
    if (changed) progress(`${name}: ready${machine.snapshot ? ", with its snapshot" : ""}`);
  }

  tell(): void {
    const names = this.names.join(", ");
    const state = this.#changed ? "built" : "up to date";
    progress(`${state}: ${names}; ${bytes(this.#bytes)} in public/images/guest`);
  }
}
