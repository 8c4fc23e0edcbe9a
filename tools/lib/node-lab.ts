import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bringUp, ExperimentRun, type StepResult, type Verdict } from "../../src/lab/run.ts";
import type { Experiment } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
import { type GuestMachine, manifestSchema } from "../../src/machine/manifest.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";

/** What `npm run experiment -- <id> --json` prints. */
export interface ExperimentReport {
  id: string;
  /** Input hash and kernel release of each machine that took part. */
  machine: Record<string, { inputHash: string; kernelRelease: string }>;
  steps: StepResult[];
  verdict: Verdict;
  /** Guest instructions of all machines, from reset to the verdict. */
  instructions: number;
  /** Seconds the machines ran. */
  seconds: number;
}

/** Boots the machines an experiment asks for, runs it, and switches them off. */
export async function runOnNode(
  id: string,
  experiment: Experiment,
  guestFolder: string,
  log?: (line: string) => void,
): Promise<ExperimentReport> {
  const manifest = manifestSchema.parse(
    JSON.parse(await readFile(join(guestFolder, "manifest.json"), "utf8")),
  );
  const terminals = Object.entries(experiment.terminals);
  const machines = new Map<string, MachinePort>();
  for (const [, { machine }] of terminals)
    if (!machines.has(machine)) machines.set(machine, nodeMachine(machine, guestFolder));
  const machineOf = (name: string) => machines.get(name) as MachinePort;
  const shells = Object.fromEntries(
    terminals.map(([name, { machine, port }]) => [name, new Shell(machineOf(machine), port)]),
  );
  try {
    log?.(`${experiment.title.en} / ${experiment.title.zh}`);
    await Promise.all([...machines.values()].map(bringUp));
    const run = new ExperimentRun(experiment, shells, {
      typingMs: 0,
      onStep: (index, result) => {
        if (result !== "running") log?.(stepText(experiment, index, result));
      },
    });
    await run.prepare();
    const verdict = await run.all();
    const measured = await Promise.all([...machines.values()].map((machine) => machine.measure()));
    log?.(verdictText(experiment, verdict));
    return {
      id,
      machine: Object.fromEntries(
        [...machines.keys()].map((name) => {
          const { inputHash, kernelRelease } = manifest.machines[name] as GuestMachine;
          return [name, { inputHash, kernelRelease }];
        }),
      ),
      steps: run.results,
      verdict,
      instructions: measured.reduce((sum, { instructions }) => sum + instructions, 0),
      seconds: measured.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  } finally {
    for (const machine of machines.values()) machine.destroy();
  }
}

function stepText(experiment: Experiment, index: number, result: StepResult): string {
  const at = experiment.steps[index]?.at;
  const problems = result.problems.map(
    (problem) => `  ! ${problem.code} ${JSON.stringify(problem.params)}\n`,
  );
  const output = result.output.replace(/^/gm, "  ");
  return `\n[${at}] $ ${result.command}\n${output}\n${problems.join("")}`.trimEnd();
}

function verdictText(experiment: Experiment, verdict: Verdict): string {
  const lines = verdict.findings.map(({ that, ok, values }, index) => {
    const because = experiment.findings[index]?.because.en;
    return `${ok ? "✓" : "✗"} ${that}  ${JSON.stringify(values)}\n    ${because}`;
  });
  return `\n${lines.join("\n")}\n\n${verdict.ok ? "The experiment holds." : "THE EXPERIMENT FAILS."}`;
}
