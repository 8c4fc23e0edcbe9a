import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { experimentIds, loadExperiment } from "../../src/lab/load.ts";
import type { Experiment } from "../../src/lab/schema.ts";
import { type Transcript, transcriptSchema } from "../../src/lab/transcript.ts";

/** All experiments below `folder`, by id. @throws Error naming file and field of a wrong one */
export async function loadExperiments(folder: string): Promise<Map<string, Experiment>> {
  const ids = await experimentIds(folder);
  const experiments = ids.map(async (id) => [id, await loadExperiment(folder, id)] as const);
  return new Map(await Promise.all(experiments));
}

/** The recording of one experiment, if there is one. @throws Error when it is none of ours */
export async function readTranscript(folder: string, id: string): Promise<Transcript | undefined> {
  const file = join(folder, id, "run.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = transcriptSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${file}: ${issue?.path.join(".")}: ${issue?.message}`);
}
