import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "../../src/lab/schema.ts";
import { machinesIn } from "../../src/lab/transcript.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { hashOf, sha256, writeWhole } from "../guest/cache.ts";
import { filesBelow } from "../lib/files.ts";
import { EXPERIMENTS, ROOT } from "../lib/paths.ts";

/** Says `use` where a record may stand for a run. */
export const RECORD = "ONE_KERNEL_RECORD";

/** What a checkout remembers of its own runs; `npm install` clears it now and then, which does no harm. */
export const MEMORY = `${ROOT}node_modules/.cache/one-kernel`;

/** All that an experiment's result depends on beside its own file and the machines it runs on. */
const SOURCES = ["src/machine", "src/lab", "tools/lib", "tests/guest/experiment-test.ts"];

/** That an experiment held, and everything that decided it. */
interface Verified {
  key: string;
  /** When, as `2026-11-26T05:45:46.000Z`. */
  at: string;
}

/** A hash of everything that decides what comes out of an experiment. */
export async function keyOf(id: string, experiment: Experiment, manifest: Manifest) {
  const machines = machinesIn(experiment);
  return hashOf({
    definition: readFileSync(join(EXPERIMENTS, id, "experiment.yaml"), "utf8"),
    // Files, kernel, snapshot and shared tree of each, by their own hashes.
    machines: machines.sort().map((name) => [name, manifest.machines[name]]),
    engine: manifest.engine,
    sources: await sources(),
    packages: sha256(readFileSync(join(ROOT, "package-lock.json"))),
    node: process.version,
  });
}

/** When an experiment last held with all the same; undefined when it has to be run. */
export function verifiedAt(id: string, key: string): string | undefined {
  if (process.env[RECORD] !== "use" || process.env.CI) return undefined;
  const file = fileOf(id);
  if (!existsSync(file)) return undefined;
  const known = JSON.parse(readFileSync(file, "utf8")) as Verified;
  return known.key === key ? known.at : undefined;
}

/** Notes that an experiment has held. */
export function remember(id: string, key: string): void {
  const verified: Verified = { key, at: new Date().toISOString() };
  writeWhole(fileOf(id), JSON.stringify(verified));
}

const fileOf = (id: string) => join(MEMORY, "verified", `${id}.json`);

let hashed: Promise<string> | undefined;

/** Read once by each process: sources do not change under a test. */
function sources(): Promise<string> {
  hashed ??= hashSources();
  return hashed;
}

async function hashSources(): Promise<string> {
  const files: string[] = [];
  for (const source of SOURCES)
    if (source.endsWith(".ts")) files.push(source);
    else for (const file of await filesBelow(join(ROOT, source))) files.push(join(source, file));
  return hashOf(files.sort().map((file) => [file, sha256(readFileSync(join(ROOT, file)))]));
}
