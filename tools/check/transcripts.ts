import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Experiment } from "../../src/lab/schema.ts";
import { staleness } from "../../src/lab/transcript.ts";
import { readGuestManifest } from "../lib/node-lab.ts";
import { EXPERIMENTS, GUEST, IMAGE_RECIPES, TRANSCRIPTS } from "../lib/paths.ts";
import { loadExperiments, readTranscript } from "./content.ts";

/** Every experiment has a recording, of these steps on these machines, that is judged the same today. */
export async function checkTranscripts(): Promise<string[]> {
  const [experiments, { machines }] = await Promise.all([
    loadExperiments(EXPERIMENTS),
    readGuestManifest(GUEST),
  ]);
  const hashes = Object.fromEntries(
    Object.entries(machines).map(([id, { inputHash }]) => [id, inputHash]),
  );
  const troubles = [...experiments].map(async ([id, experiment]) => {
    const mend = `npm run record -- ${id}`;
    const transcript = await readTranscript(TRANSCRIPTS, id);
    const stale = transcript
      ? staleness(experiment, transcript, hashes).map((why) => `${id}: ${why}: ${mend}`)
      : [`${id}: has not been recorded: ${mend}`];
    return [...stale, ...(await unknownImages(id, experiment))];
  });
  return [...(await Promise.all(troubles)).flat(), ...(await orphans(experiments))];
}

async function unknownImages(id: string, { images }: Experiment): Promise<string[]> {
  const found = images.map((image) =>
    access(join(IMAGE_RECIPES, `${image}.yaml`)).then(
      () => [],
      () => [`${id}: images: there is no guest/oci/${image}.yaml`],
    ),
  );
  return (await Promise.all(found)).flat();
}

async function orphans(experiments: ReadonlyMap<string, Experiment>): Promise<string[]> {
  const recorded = await readdir(TRANSCRIPTS);
  return recorded
    .filter((id) => !experiments.has(id))
    .map((id) => `transcripts/${id} is of no experiment: delete it`);
}
