import { parseArgs } from "node:util";
import { experimentIds, loadExperiment, UnknownExperimentError } from "../src/lab/load.ts";
import { runOnNode } from "./lib/node-lab.ts";
import { EXPERIMENTS, GUEST } from "./lib/paths.ts";

/** `npm run experiment -- [id] [--json]` */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const [id] = positionals;

if (id === undefined) {
  for (const known of await experimentIds(EXPERIMENTS)) {
    const { title } = await loadExperiment(EXPERIMENTS, known);
    console.log(`${known.padEnd(12)} ${title.en} / ${title.zh}`);
  }
} else {
  try {
    const experiment = await loadExperiment(EXPERIMENTS, id);
    const report = await runOnNode(id, experiment, GUEST, values.json ? undefined : console.log);
    if (values.json) console.log(JSON.stringify(report, null, 2));
    process.exitCode = report.verdict.ok ? 0 : 1;
  } catch (thrown) {
    if (!(thrown instanceof UnknownExperimentError)) throw thrown;
    console.error(thrown.message);
    process.exitCode = 1;
  }
}
