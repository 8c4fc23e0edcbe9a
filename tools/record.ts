import { join } from "node:path";
import { parseArgs } from "node:util";
import { AuthorError } from "../src/lab/authored.ts";
import { instruments } from "../src/lab/instruments/index.ts";
import { experimentIds, loadExperiment } from "../src/lab/load.ts";
import type { Experiment } from "../src/lab/schema.ts";
import { readTranscript } from "./check/content.ts";
import { recordInstrument } from "./lib/instrument-recorder.ts";
import { type ExperimentReport, readGuestManifest, runOnNode } from "./lib/node-lab.ts";
import { EXPERIMENTS, GUEST, INSTRUMENTS, TRANSCRIPTS } from "./lib/paths.ts";
import { Recorder, recordedControls, writeTranscript } from "./lib/recorder.ts";

/**
 * `npm run record [-- <id>...]`: runs experiments with their controls, and instruments, on the real
 * machines and keeps what they print and show. With `--controls` the recordings stay, and only those of
 * the controls are made anew.
 */
const { positionals: asked, values } = parseArgs({
  allowPositionals: true,
  options: { controls: { type: "boolean", default: false } },
});
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
  const trouble = await (values.controls ? recordControls : recordAll)(id, experiment);
  if (trouble === undefined) continue;
  // A book that says what a recording does not show is worse than one without it.
  console.error(
    `${id}: ${trouble}, so it was not recorded: npm run experiment -- ${id} --controls`,
  );
  process.exitCode = 1;
}
for (const instrument of values.controls ? [] : instruments.filter(({ id }) => wanted(id))) {
  await recordInstrument(instrument, { guest: GUEST, manifest, folder: INSTRUMENTS });
  console.log(`recorded ${instrument.id}`);
}

/** @returns why nothing was recorded, if so */
async function recordAll(id: string, experiment: Experiment): Promise<string | undefined> {
  const recorder = new Recorder(id, experiment, manifest);
  const report = await runOnNode(id, experiment, GUEST, { observer: recorder, controls: true });
  const trouble = troubleOf(report);
  if (trouble !== undefined) return trouble;
  recorder.keepControls(report);
  await recorder.write(join(TRANSCRIPTS, id));
  console.log(`recorded ${id}: ${report.steps.length} steps`);
  return undefined;
}

/** The same for the controls alone. */
async function recordControls(id: string, experiment: Experiment): Promise<string | undefined> {
  const transcript = await readTranscript(TRANSCRIPTS, id);
  if (!transcript) return "there is no recording to add its controls to";
  const report = await runOnNode(id, experiment, GUEST, { controls: true });
  const trouble = troubleOf(report);
  if (trouble !== undefined) return trouble;
  const controls = recordedControls(experiment, report);
  await writeTranscript(join(TRANSCRIPTS, id), { ...transcript, controls });
  console.log(`recorded the controls of ${id}: ${Object.keys(controls).join(", ")}`);
  return undefined;
}

function troubleOf({ verdict, controls = {} }: ExperimentReport): string | undefined {
  if (!verdict.ok) return "it does not hold";
  const [failed] = Object.entries(controls).filter(([, control]) => !control.verdict.ok);
  return failed && `in its control ${failed[0]} a finding is not false`;
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
