import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { judge, judgeStep, type StepResult, type Verdict } from "./judge.ts";
import type { Experiment } from "./schema.ts";

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
});

export type Transcript = z.infer<typeof transcriptSchema>;

/**
 * SHA-256 over all of an experiment that decides what is typed and how it is judged. Explanations
 * and translations are not part of it.
 */
export function procedureHash(experiment: Experiment): string {
  const terminals = Object.entries(experiment.terminals).map(([name, { machine, port }]) => [
    name,
    machine,
    port,
  ]);
  const steps = experiment.steps.map(({ id, at, run, power, expect, capture, measure }) => [
    id,
    at,
    run ?? power,
    expect,
    capture,
    measure,
  ]);
  const findings = experiment.findings.map(({ that }) => that);
  const procedure = [terminals, experiment.checkpoint, steps, findings];
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(procedure))));
}

/** A recorded run, judged by what the experiment says today. */
export function judgeTranscript(
  experiment: Experiment,
  transcript: Transcript,
): { steps: StepResult[]; verdict: Verdict } {
  const steps = experiment.steps.flatMap((step) => {
    const recorded = transcript.steps.find(({ id }) => id === step.id);
    return recorded ? [judgeStep(step, { ...recorded, exit: recorded.exit ?? undefined })] : [];
  });
  return { steps, verdict: judge(experiment, steps) };
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
  const used = new Set(Object.values(experiment.terminals).map(({ machine }) => machine));
  for (const machine of used)
    if (transcript.machines[machine]?.inputHash !== machines[machine])
      found.push(`the machine ${machine} has changed since`);
  if (found.length === 0 && judgeTranscript(experiment, transcript).verdict.ok !== transcript.ok)
    found.push("it is judged otherwise today");
  return found;
}
