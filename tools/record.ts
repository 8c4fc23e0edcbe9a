import { join } from "node:path";
import { AuthorError } from "../src/lab/authored.ts";
import { instruments } from "../src/lab/instruments/index.ts";
import { experimentIds, loadExperiment } from "../src/lab/load.ts";
import { recordInstrument } from "./lib/instrument-recorder.ts";
import { readGuestManifest, runOnNode } from "./lib/node-lab.ts";
import { EXPERIMENTS, GUEST, INSTRUMENTS, TRANSCRIPTS } from "./lib/paths.ts";
import { Recorder } from "./lib/recorder.ts";

/**
 * `npm run record [-- <id>...]`: runs experiments and instruments on the real machines and keeps what
 * they print and show.
 */
const asked = process.argv.slice(2);
const experiments = await experimentIds(EXPERIMENTS);
const known = [...experiments, ...instruments.map(({ id }) => id)];
const unknown = asked.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  process.exit(1);
}
const wanted = (id: string) => asked.length === 0 || asked.includes(id);
const manifest = await readGuestManifest(GUEST);
const definitions = await definitionsOf(experiments.filter(wanted));

for (const [id, experiment] of definitions) {
  const recorder = new Recorder(id, experiment, manifest);
  const report = await runOnNode(id, experiment, GUEST, { observer: recorder });
  if (report.verdict.ok) {
    await recorder.write(join(TRANSCRIPTS, id));
    console.log(`recorded ${id}: ${report.steps.length} steps`);
    continue;
  }
  // A book that says what a recording does not show is worse than one without it.
  console.error(`${id} does not hold, so it was not recorded: npm run experiment -- ${id}`);
  process.exitCode = 1;
}
for (const instrument of instruments.filter(({ id }) => wanted(id))) {
  await recordInstrument(instrument, { guest: GUEST, manifest, folder: INSTRUMENTS });
  console.log(`recorded ${instrument.id}`);
}

/** All are read before the first is run: what an author has to mend is told at once. */
async function definitionsOf(ids: readonly string[]) {
  try {
    return await Promise.all(
      ids.map(async (id) => [id, await loadExperiment(EXPERIMENTS, id)] as const),
    );
  } catch (thrown) {
    if (!(thrown instanceof AuthorError)) throw thrown;
    console.error(thrown.message);
    process.exit(1);
  }
}
