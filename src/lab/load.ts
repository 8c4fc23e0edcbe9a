import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseAuthored } from "./authored.ts";
import { type Experiment, experimentSchema } from "./schema.ts";

const FILE = "experiment.yaml";

/** Asked for an experiment that does not exist; names those that do. */
export class UnknownExperimentError extends Error {
  override readonly name = "UnknownExperimentError";
  readonly known: string[];

  constructor(id: string, known: string[]) {
    super(`There is no experiment "${id}". There are: ${known.join(", ")}`);
    this.known = known;
  }
}

/** The ids of all experiments below `folder`, sorted. */
export async function experimentIds(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Reads and validates `<folder>/<id>/experiment.yaml`.
 * @throws UnknownExperimentError when there is none; AuthorError with line and field when it is wrong
 */
export async function loadExperiment(folder: string, id: string): Promise<Experiment> {
  const known = await experimentIds(folder);
  if (!known.includes(id)) throw new UnknownExperimentError(id, known);
  const file = join(folder, id, FILE);
  return parseExperiment(await readFile(file, "utf8"), relative(process.cwd(), file));
}

/** Validates a definition. @param file what error messages call it @throws AuthorError */
export function parseExperiment(text: string, file: string): Experiment {
  return parseAuthored(text, file, experimentSchema);
}
