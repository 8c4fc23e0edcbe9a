import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { type ControlVerdict, controlled, judgeControl } from "./control.ts";
import { judge, judgeStep, type StepResult, type Verdict } from "./judge.ts";
import type { Experiment, Procedure } from "./schema.ts";
import type { Action } from "./step.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** One step as it went when it was recorded. Whether that was right is judged anew by who reads it. */
const recordedStepSchema = z.strictObject({
  id: z.string(),
  /** What was typed; empty for a step that switches the machine off and on. */
  command: z.string(),
  /** Exit status; null where there is none. */
  exit: z.int().nullable(),
  /** Output without escape sequences. */
  output: z.string(),
  /** Guest instructions from Enter to the next prompt. */
  instructions: z.int().nonnegative(),
});

/** A run of one of the experiment's controls. */
const recordedControlSchema = z.strictObject({
  /** When it was recorded, in UTC. */
  recorded: z.iso.datetime(),
  /** Input hash of each machine it ran on. */
  machines: z.record(z.string(), hash),
  /** {@link procedureHash} of the control's procedure. */
  procedure: hash,
  steps: z.array(recordedStepSchema),
});

/** `src/content/transcripts/<id>/run.json`: what an experiment printed on the real machine. */
export const transcriptSchema = z.strictObject({
  /** Version of this format. */
  schema: z.literal(1),
  experiment: z.string(),
  /** When it was recorded, in UTC. */
  recorded: z.iso.datetime(),
  engine: z.strictObject({ name: z.string(), version: z.string() }),
  /** The machines it ran on: input hash and kernel release, as the guest manifest has them. */
  machines: z.record(z.string(), z.strictObject({ inputHash: hash, kernelRelease: z.string() })),
  /** {@link procedureHash} of the experiment that was run. */
  procedure: hash,
  steps: z.array(recordedStepSchema),
  /** Whether it held when it was recorded. */
  ok: z.boolean(),
  /** Guest instructions of all machines, from their last start to the verdict. */
  instructions: z.int().positive(),
  /** Seconds the machines ran, on the computer that recorded. */
  seconds: z.number().positive(),
  /** Runs of its controls, by their ids. */
  controls: z.record(z.string(), recordedControlSchema).optional(),
});

export type Transcript = z.infer<typeof transcriptSchema>;
export type RecordedControl = z.infer<typeof recordedControlSchema>;

/**
 * SHA-256 over all of an experiment that decides what is typed and how it is judged. Explanations
 * and translations are not part of it.
 * @param procedure  a control's, in place of the experiment's own
 */
export function procedureHash(experiment: Experiment, procedure: Procedure = experiment): string {
  const terminals = Object.entries(experiment.terminals).map(([name, { machine, port }]) => [
    name,
    machine,
    port,
  ]);
  const steps = procedure.steps.map(({ id, at, run, power, expect, capture, measure }) => [
    id,
    at,
    run ?? power,
    expect,
    capture,
    measure,
  ]);
  const findings = procedure.findings.map(({ that }) => that);
  const typed = [terminals, procedure.checkpoint, steps, findings];
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(typed))));
}

/** A recorded run, judged by what the experiment says today. */
export function judgeTranscript(
  experiment: Experiment,
  transcript: Transcript,
): { steps: StepResult[]; verdict: Verdict } {
  const steps = judgedSteps(experiment.steps, transcript.steps);
  return { steps, verdict: judge(experiment, steps) };
}

/** A recorded run of a control, judged by what the experiment says today. */
export function judgeRecordedControl(
  procedure: Procedure,
  recorded: RecordedControl,
): ControlVerdict {
  return judgeControl(procedure, judgedSteps(procedure.steps, recorded.steps));
}

function judgedSteps(steps: readonly Action[], recorded: Transcript["steps"]): StepResult[] {
  return steps.flatMap((step) => {
    const done = recorded.find(({ id }) => id === step.id);
    return done ? [judgeStep(step, { ...done, exit: done.exit ?? undefined })] : [];
  });
}

/**
 * Why a recording is not of this experiment on these machines; empty when it is.
 * @param machines  input hash of each machine that has been built
 */
export function staleness(
  experiment: Experiment,
  transcript: Transcript,
  machines: Readonly<Record<string, string>>,
): string[] {
  const found: string[] = [];
  if (transcript.procedure !== procedureHash(experiment))
    found.push("its steps, expectations or findings have changed since");
  const used = machinesIn(experiment);
  for (const machine of used)
    if (transcript.machines[machine]?.inputHash !== machines[machine])
      found.push(`the machine ${machine} has changed since`);
  if (found.length === 0 && judgeTranscript(experiment, transcript).verdict.ok !== transcript.ok)
    found.push("it is judged otherwise today");
  for (const [id, change] of Object.entries(experiment.controls)) {
    const procedure = controlled(experiment, id, change);
    const recorded = transcript.controls?.[id];
    if (recorded?.procedure !== procedureHash(experiment, procedure))
      found.push(`its control ${id} has not been recorded, or has changed since`);
    else if (used.some((machine) => recorded.machines[machine] !== machines[machine]))
      found.push(`a machine has changed since its control ${id} was recorded`);
    else if (!judgeRecordedControl(procedure, recorded).ok)
      found.push(`its control ${id} makes a finding no longer false`);
  }
  for (const id of Object.keys(transcript.controls ?? {}))
    if (!(id in experiment.controls))
      found.push(`the control ${id} is recorded and no longer there`);
  return found;
}

/** The ids of an experiment's machines, each once. */
export function machinesIn({ terminals }: Pick<Experiment, "terminals">): string[] {
  return [...new Set(Object.values(terminals).map(({ machine }) => machine))];
}
