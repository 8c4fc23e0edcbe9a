import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AuthorError } from "../src/lab/authored.ts";
import { experimentIds, loadExperiment, UnknownExperimentError } from "../src/lab/load.ts";
import type { Experiment } from "../src/lab/schema.ts";
import { machinesIn } from "../src/lab/transcript.ts";
import { keepOutputForJson } from "./lib/json-output.ts";
import { type ExperimentReport, readGuestManifest, runOnNode } from "./lib/node-lab.ts";
import { EXPERIMENTS, GUEST } from "./lib/paths.ts";
import { mapLimited } from "./lib/pool.ts";

const USAGE = `npm run experiment [-- --json]            lists the experiments
npm run experiment -- <id> [--json]      runs one
npm run experiment -- --all [--json]     runs all of them
    [--controls]                         and each without what it is about: its findings must be false
    [--machines N]                       how many machines at a time, 2 unless told`;

/** Experiments at a time: the machines compute all the time, and small computers have two cores. */
const AT_A_TIME = 2;

/** The longest report of today is a hundredth of this. */
const REPORT_BYTES = 64 * 1024 * 1024;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    controls: { type: "boolean", default: false },
    machines: { type: "string", default: String(AT_A_TIME) },
    help: { type: "boolean", default: false },
  },
});

const printJson = values.json ? keepOutputForJson() : undefined;

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof UnknownExperimentError || thrown instanceof AuthorError)) throw thrown;
  console.error(thrown.message);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const [id, ...others] = positionals;
  const machines = Number(values.machines);
  const sensible = others.length === 0 && !(values.all && id !== undefined) && machines >= 1;
  if (values.help || !sensible) {
    console.error(USAGE);
    return values.help ? 0 : 1;
  }
  if (values.all) return runAll(machines);
  if (id === undefined) return list();
  const experiment = await loadExperiment(EXPERIMENTS, id);
  const missing = await missingMachines(experiment);
  if (missing.length > 0) {
    console.error(`${id} runs on ${missing.join(", ")}, not built yet: run "npm run guest" first.`);
    return 1;
  }
  const log = printJson ? undefined : console.log;
  const report = await runOnNode(id, experiment, GUEST, { log, controls: values.controls });
  printJson?.(report);
  return holds(report) ? 0 : 1;
}

/** Whether it held, and every control that was run did what it must. */
function holds({ verdict, controls = {} }: ExperimentReport): boolean {
  return verdict.ok && Object.values(controls).every((control) => control.verdict.ok);
}

/** The machines of an experiment that are not there, or not there yet. */
async function missingMachines(experiment: Experiment): Promise<string[]> {
  const manifest = await readGuestManifest(GUEST).catch(() => undefined);
  return machinesIn(experiment).filter((machine) => !manifest?.machines[machine]);
}

async function list(): Promise<number> {
  const ids = await experimentIds(EXPERIMENTS);
  const all = await Promise.all(
    ids.map(async (id) => ({ id, title: (await loadExperiment(EXPERIMENTS, id)).title })),
  );
  if (printJson) printJson(all);
  else for (const { id, title } of all) console.log(`${id.padEnd(16)} ${title.en} / ${title.zh}`);
  return 0;
}

async function runAll(machines: number): Promise<number> {
  const ids = await experimentIds(EXPERIMENTS);
  const experiments = await Promise.all(
    ids.map(async (id) => ({ id, experiment: await loadExperiment(EXPERIMENTS, id) })),
  );
  const weight = ({ experiment }: (typeof experiments)[number]) => machinesIn(experiment).length;
  const reports = await mapLimited(experiments, machines, weight, async ({ id }) => {
    const report = await runApart(id);
    if (!printJson) console.log(row(report));
    return report;
  });
  if (printJson) printJson(reports);
  else summary(reports);
  return reports.every(holds) ? 0 : 1;
}

/** Runs one in a process of its own, so that several use several cores. */
function runApart(id: string): Promise<ExperimentReport> {
  return new Promise((resolve, reject) => {
    const options = values.controls ? ["--controls"] : [];
    const args = [fileURLToPath(import.meta.url), id, "--json", ...options];
    // Exit status 1 is a verdict, too; a report can be long.
    execFile(process.execPath, args, { maxBuffer: REPORT_BYTES }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as ExperimentReport);
      } catch {
        reject(new Error(`${id} gave no report: ${stderr || error?.message}`));
      }
    });
  });
}

function row(report: ExperimentReport): string {
  const { id, verdict, ended, steps, instructions, seconds } = report;
  const held = verdict.ok ? (holds(report) ? "holds" : "CONTROL") : undefined;
  const word = held ?? (ended === "judged" ? "FAILS" : ended.toUpperCase());
  const millions = `${(instructions / 1e6).toFixed(1)} M`;
  return [
    holds(report) ? "✓" : "✗",
    id.padEnd(18),
    word.padEnd(10),
    `${steps.length} steps`.padStart(9),
    millions.padStart(10),
    `${seconds.toFixed(1)} s`.padStart(8),
  ].join(" ");
}

function summary(reports: readonly ExperimentReport[]): void {
  const held = reports.filter(holds).length;
  console.log(`\n${"".padEnd(20)} verdict    steps, guest instructions, seconds of the machines`);
  for (const report of reports) console.log(row(report));
  console.log(`\n${held} of ${reports.length} hold.`);
}
