import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError, type LabErrorData } from "../../src/lab/errors.ts";
import { judge, type StepResult, type Verdict } from "../../src/lab/judge.ts";
import { ExperimentRun } from "../../src/lab/run.ts";
import type { Experiment, Step } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
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
  { log, observer }: { log?: ((line: string) => void) | undefined; observer?: Observer } = {},
): Promise<ExperimentReport> {
  const manifest = await readGuestManifest(guestFolder);
  const terminals = Object.entries(experiment.terminals);
  const machines = new Map<string, MachinePort>();
  for (const [, { machine }] of terminals)
    if (!machines.has(machine)) machines.set(machine, nodeMachine(machine, guestFolder));
  const shells = Object.fromEntries(
    terminals.map(([name, { machine, port }]) => [
      name,
      new Shell(machines.get(machine) as MachinePort, port),
    ]),
  );
  observer?.begin(machines);
  log?.(`${experiment.title.en} / ${experiment.title.zh}`);
  const run = new ExperimentRun(id, experiment, shells, {
    typingMs: observer?.typingMs ?? 0,
    onStep: (index, result) => {
      if (result === "running") observer?.step(index);
      else log?.(stepText(experiment, index, result));
    },
  });
  try {
    const error = await runToEnd(run);
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
    return report;
  } finally {
    run.end();
    for (const machine of machines.values()) machine.destroy();
  }
}

/** @returns why there is no verdict, if there is none */
async function runToEnd(run: ExperimentRun): Promise<LabErrorData | null> {
  try {
    await run.prepare();
    await run.all();
    return null;
  } catch (thrown) {
    if (thrown instanceof LabError) return thrown.data;
    throw thrown;
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

function stepText(experiment: Experiment, index: number, result: StepResult): string {
  const { at, power } = experiment.steps[index] as Step;
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

function paramsText(params: Readonly<Record<string, string | number>>): string {
  return Object.entries(params)
    .map(([name, value]) => `  ${name}: ${String(value).replaceAll("\n", "\n    ")}`)
    .join("\n");
}
