import { join } from "node:path";
import { experimentIds, loadExperiment, UnknownExperimentError } from "../src/lab/load.ts";
import { readGuestManifest, runOnNode } from "./lib/node-lab.ts";
import { EXPERIMENTS, GUEST, TRANSCRIPTS } from "./lib/paths.ts";
import { Recorder } from "./lib/recorder.ts";

/** `npm run record [-- <id>...]`: runs experiments on the real machines and keeps what they print. */
const asked = process.argv.slice(2);
const ids = asked.length > 0 ? asked : await experimentIds(EXPERIMENTS);
const manifest = await readGuestManifest(GUEST);
for (const id of ids) {
  try {
    const experiment = await loadExperiment(EXPERIMENTS, id);
    const recorder = new Recorder(id, experiment, manifest);
    const report = await runOnNode(id, experiment, GUEST, { observer: recorder });
    if (report.verdict.ok) {
      await recorder.write(join(TRANSCRIPTS, id));
      console.log(`recorded ${id}: ${report.steps.length} steps`);
      continue;
    }
    // A book that says what a recording does not show is worse than one without it.
    console.error(`${id} does not hold, so it was not recorded: npm run experiment -- ${id}`);
  } catch (thrown) {
    if (!(thrown instanceof UnknownExperimentError)) throw thrown;
    console.error(thrown.message);
  }
  process.exitCode = 1;
}
