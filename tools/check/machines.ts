import { glob, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  benchRoles,
  machineIds,
  machinesApart,
  strayRoles,
  unknownMachines,
} from "../../src/book/machines.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { exerciseSchema } from "../../src/lab/exercise.ts";
import { instruments } from "../../src/lab/instruments/index.ts";
import { EXERCISES, EXPERIMENTS, ROOT } from "../lib/paths.ts";
import { loadExperiments } from "./content.ts";
import { machineNamesIn } from "./machine-names.ts";

/** Code that must work on any machine. Tests may name one. */
const CODE = ["src/**/*.{ts,tsx,astro}", "tools/**/*.ts"];
/** Where a word is not the machine of that name. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "tools/guest/oci/runtime.ts": "the OCI runtime specification's key for what only Linux has",
  "tools/guest/oci/umoci.ts": "the OCI specifications' name of an operating system, and that key",
};

/** Content names machines that there are, and code names none. */
export async function checkMachines(): Promise<string[]> {
  const known = machineIds();
  benchRoles();
  machinesApart();
  return [
    ...strayRoles(instruments),
    ...(await unknownInExperiments(known)),
    ...(await unknownInExercises(known)),
    ...(await namedInCode(known)),
  ];
}

async function unknownInExperiments(known: readonly string[]): Promise<string[]> {
  return [...(await loadExperiments(EXPERIMENTS))].flatMap(([id, { terminals }]) => {
    const named = Object.entries(terminals).map(([name, { machine }]) => [
      `terminals.${name}.machine`,
      machine,
    ]);
    const file = `src/content/experiments/${id}/experiment.yaml`;
    return unknownMachines(file, Object.fromEntries(named), known);
  });
}

async function unknownInExercises(known: readonly string[]): Promise<string[]> {
  const files = await readdir(EXERCISES);
  const found = files.map(async (name) => {
    const { machine } = await readAuthored(join(EXERCISES, name), exerciseSchema);
    return unknownMachines(`src/content/exercises/${basename(name)}`, { machine }, known);
  });
  return (await Promise.all(found)).flat();
}

async function namedInCode(known: readonly string[]): Promise<string[]> {
  const files = (await Array.fromAsync(glob(CODE, { cwd: ROOT }))).sort();
  const found = files
    .filter((file) => !file.startsWith("src/content/") && !(file in OTHERWISE))
    .map(async (file) =>
      machineNamesIn(file, await readFile(join(ROOT, file), "utf8"), known).map(
        ({ name, line }) =>
          `${file}:${line}: names the machine "${name}": give it a role in src/content/machines.json`,
      ),
    );
  return (await Promise.all(found)).flat();
}
