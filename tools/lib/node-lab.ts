import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ControlVerdict, controlled, judgeControl } from "../../src/lab/control.ts";
import { LabError, type LabErrorData } from "../../src/lab/errors.ts";
import { judge, type StepResult, type Verdict } from "../../src/lab/judge.ts";
import { ExperimentRun, type RunOptions, type Shells } from "../../src/lab/run.ts";
import type { Experiment, Procedure } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
import type { Action, Step } from "../../src/lab/step.ts";
import { machinesIn } from "../../src/lab/transcript.ts";
import { type GuestMachine, type Manifest, manifestSchema } from "../../src/machine/manifest.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort, Measurement } from "../../src/machine/protocol.ts";

/** What `npm run experiment -- <id> --json` prints. */
export interface ExperimentReport {
  id: string;
  /** Input hash and kernel release of each machine that took part. */
  machine: Record<string, { inputHash: string; kernelRelease: string }>;
  steps: StepResult[];
  verdict: Verdict;
  /** `judged`, or why there could be no verdict: `crashed`, `timeout`, … */
  ended: "judged" | LabErrorData["code"];
  /** The whole of that reason. */
  error: LabErrorData | null;
  /** Guest instructions of all machines, from their last start to the verdict. */
  instructions: number;
  /** Seconds the machines ran. */
  seconds: number;
  /** By their ids, where they were asked for. */
  controls?: Record<string, ControlReport>;
}

/** What a control showed: see {@link ControlVerdict}. */
export interface ControlReport extends Pick<ExperimentReport, "steps" | "ended" | "error"> {
  verdict: ControlVerdict;
}

export interface RunChoices {
  log?: ((line: string) => void) | undefined;
  observer?: Observer;
  /** Whether its controls are run, too, after it and on the same machines. */
  controls?: boolean;
}

/** Follows a run on machines that have not been started yet. */
export interface Observer {
  /** Milliseconds between keystrokes. */
  typingMs: number;
  begin(machines: ReadonlyMap<string, MachinePort>): void;
  step(index: number): void;
  end(report: ExperimentReport, measured: ReadonlyMap<string, Measurement>): void;
}

/** What `npm run guest` built. @throws when there is nothing */
export async function readGuestManifest(guestFolder: string): Promise<Manifest> {
  const text = await readFile(join(guestFolder, "manifest.json"), "utf8");
  return manifestSchema.parse(JSON.parse(text));
}

/** Starts the machines an experiment asks for, runs it, and switches them off. */
export async function runOnNode(
  id: string,
  experiment: Experiment,
  guestFolder: string,
  { log, observer, controls = false }: RunChoices = {},
): Promise<ExperimentReport> {
  const manifest = await readGuestManifest(guestFolder);
  const machines = new Map(
    machinesIn(experiment).map((name) => [name, nodeMachine(name, guestFolder)] as const),
  );
  const shells = shellsOn(machines, experiment);
  observer?.begin(machines);
  log?.(`${experiment.title.en} / ${experiment.title.zh}`);
  try {
    const { run, error } = await runToEnd(id, experiment, shells, {
      typingMs: observer?.typingMs ?? 0,
      onStep: (index, result) => {
        if (result === "running") observer?.step(index);
        else log?.(stepText(experiment.steps[index] as Step, result));
      },
    });
    const measured = await measureAll(machines);
    const report: ExperimentReport = {
      id,
      machine: Object.fromEntries(
        [...machines.keys()].map((name) => [name, hashes(manifest, name)]),
      ),
      steps: run.results,
      verdict: error ? { ...judge(experiment, run.results), ok: false } : run.verdict(),
      ended: error?.code ?? "judged",
      error,
      instructions: sum(measured, "instructions"),
      seconds: sum(measured, "seconds"),
    };
    log?.(verdictText(experiment, report));
    observer?.end(report, measured);
    if (controls) report.controls = await runControls(id, experiment, shells, log);
    return report;
  } finally {
    for (const machine of machines.values()) machine.destroy();
  }
}

/** Runs each control from the checkpoint of the machines, which are running. */
async function runControls(
  id: string,
  experiment: Experiment,
  shells: Shells,
  log?: (line: string) => void,
): Promise<Record<string, ControlReport>> {
  const reports: Record<string, ControlReport> = {};
  for (const [name, control] of Object.entries(experiment.controls)) {
    const procedure = controlled(experiment, name, control);
    log?.(`\n── ${control.without.en} / ${control.without.zh}`);
    const { run, error } = await runToEnd(
      id,
      procedure,
      shells,
      {
        typingMs: 0,
        onStep: (index, result) => {
          if (result === "running") return;
          // What it prints is not judged; a value that is missing is told at the end.
          log?.(stepText(procedure.steps[index] as Action, { ...result, problems: [] }));
        },
      },
      true,
    );
    const verdict = judgeControl(procedure, run.results);
    const report: ControlReport = {
      steps: run.results,
      verdict: error ? { ...verdict, ok: false } : verdict,
      ended: error?.code ?? "judged",
      error,
    };
    log?.(controlText(report));
    reports[name] = report;
  }
  return reports;
}

function shellsOn(machines: ReadonlyMap<string, MachinePort>, { terminals }: Experiment): Shells {
  return Object.fromEntries(
    Object.entries(terminals).map(([name, { machine, port }]) => [
      name,
      new Shell(machines.get(machine) as MachinePort, port),
    ]),
  );
}

/** @returns the run, and why there is no verdict, if there is none */
async function runToEnd(
  id: string,
  procedure: Procedure,
  shells: Shells,
  options: RunOptions,
  anew = false,
): Promise<{ run: ExperimentRun; error: LabErrorData | null }> {
  const run = new ExperimentRun(id, procedure, shells, options);
  try {
    await run.prepare({ anew });
    await run.all();
    return { run, error: null };
  } catch (thrown) {
    if (thrown instanceof LabError) return { run, error: thrown.data };
    throw thrown;
  } finally {
    run.end();
  }
}

async function measureAll(
  machines: ReadonlyMap<string, MachinePort>,
): Promise<Map<string, Measurement>> {
  const measured = [...machines].map(
    async ([name, machine]) => [name, await machine.measure()] as const,
  );
  return new Map(await Promise.all(measured));
}

function sum(measured: ReadonlyMap<string, Measurement>, what: keyof Measurement): number {
  return [...measured.values()].reduce((total, each) => total + each[what], 0);
}

function hashes({ machines }: Manifest, name: string) {
  const { inputHash, kernelRelease } = machines[name] as GuestMachine;
  return { inputHash, kernelRelease };
}

function stepText({ at, power }: Action, result: StepResult): string {
  const problems = result.problems.map(
    (problem) => `  ! ${problem.code} ${JSON.stringify(problem.params)}\n`,
  );
  const output = result.output.replace(/^/gm, "  ");
  const command = power === undefined ? `$ ${result.command}` : `(power: ${power})`;
  return `\n[${at}] ${command}\n${output}\n${problems.join("")}`.trimEnd();
}

function verdictText(experiment: Experiment, { verdict, error }: ExperimentReport): string {
  if (error) return `\nNOT JUDGED: ${error.code}\n${paramsText(error.params)}`;
  const lines = verdict.findings.map(({ that, ok, values }, index) => {
    const because = experiment.findings[index]?.because.en;
    return `${ok ? "✓" : "✗"} ${that}  ${JSON.stringify(values)}\n    ${because}`;
  });
  return `\n${lines.join("\n")}\n\n${verdict.ok ? "The experiment holds." : "THE EXPERIMENT FAILS."}`;
}

function controlText({ verdict, error }: ControlReport): string {
  if (error) return `\nNOT JUDGED: ${error.code}\n${paramsText(error.params)}`;
  const lines = verdict.findings.map(
    ({ that, ok, values }) => `${ok ? "TRUE " : "false"} ${that}  ${JSON.stringify(values)}`,
  );
  const missing = verdict.missing.map(
    (name) => `no value for ${name}: this finding cannot be told`,
  );
  const judged = verdict.ok
    ? "Without it the findings are false, as they must be."
    : "THE CONTROL FAILS: without it the findings must be false, by values that are there.";
  return `\n${[...lines, ...missing].join("\n")}\n\n${judged}`;
}

function paramsText(params: Readonly<Record<string, string | number>>): string {
  return Object.entries(params)
    .map(([name, value]) => `  ${name}: ${String(value).replaceAll("\n", "\n    ")}`)
    .join("\n");
}
