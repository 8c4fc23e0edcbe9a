import { controlled } from "../../lab/control.ts";
import type { FindingResult } from "../../lab/judge.ts";
import type { Change, Experiment, Procedure } from "../../lab/schema.ts";
import type { Action, Language } from "../../lab/step.ts";
import {
  judgeRecordedControl,
  judgeTranscript,
  type RecordedControl,
  type Transcript,
} from "../../lab/transcript.ts";
import { dayOf } from "../../ui/strings.ts";

/** An experiment in one language, as a page shows it. */
export interface ExperimentText extends Procedure {
  id: string;
  title: string;
  intent: string;
  /** Ids of its machines, each once, in the order of its terminals. */
  machines: string[];
  terminals: { name: string; machine: string; port: number; label: string }[];
  steps: StepText[];
  findings: FindingText[];
  controls: ControlText[];
  recording: RecordingText | undefined;
}

export interface FindingText {
  that: string;
  because: string;
  /** Id of the control that makes it false. */
  control?: string;
  /** Why it has none. */
  uncontrolled?: string;
}

/** The experiment without what it is about. */
export interface ControlText extends Change {
  id: string;
  /** What is taken away: “Without a namespace of its own”. */
  without: string;
  /** What it showed when it was recorded, and the day, `2026-11-24`. */
  recorded: { date: string; findings: FindingResult[] } | undefined;
}

export interface StepText extends Action {
  explain: string;
  predict: { question: string; choices: string[]; right: number; because: string } | undefined;
}

/** What the experiment printed when it was recorded on the real machine. */
export interface RecordingText {
  /** `2026-11-24`. */
  date: string;
  /** Machines it ran on, with the first digits of their input hashes: `linux 48d587b1`. */
  machines: string;
  ok: boolean;
  /** By step id. */
  steps: Record<string, { output: string; exit: number | null; instructions: number }>;
  findings: FindingResult[];
  /** Addresses of the asciicasts, by terminal. */
  casts: Record<string, string>;
}

/** Digits of a hash that tell machines apart at a glance. */
const SHORT_HASH = 8;

/** Picks one language's texts. */
export function experimentText(
  id: string,
  definition: Experiment,
  lang: Language,
  transcript?: Transcript,
  casts: Record<string, string> = {},
): ExperimentText {
  const terminals = Object.entries(definition.terminals).map(([name, terminal]) => ({
    name,
    machine: terminal.machine,
    port: terminal.port,
    label: terminal.label[lang],
  }));
  return {
    id,
    title: definition.title[lang],
    intent: definition.intent[lang],
    claims: definition.claims,
    checkpoint: definition.checkpoint,
    ...(definition.wire && { wire: definition.wire }),
    machines: [...new Set(terminals.map(({ machine }) => machine))],
    terminals,
    steps: definition.steps.map(({ predict, explain, ...action }) => ({
      ...action,
      explain: explain[lang],
      predict: predict && {
        question: predict.question[lang],
        choices: predict.choices.map(({ text }) => text[lang]),
        right: predict.choices.findIndex(({ right }) => right),
        because: predict.because[lang],
      },
    })),
    findings: definition.findings.map(({ that, because, control, uncontrolled }) => ({
      that,
      because: because[lang],
      ...(control !== undefined && { control }),
      ...(uncontrolled && { uncontrolled: uncontrolled[lang] }),
    })),
    controls: Object.entries(definition.controls).map(([name, { without, ...change }]) => ({
      id: name,
      without: without[lang],
      ...change,
      recorded: recordedControl(definition, name, transcript?.controls?.[name]),
    })),
    recording: transcript && recordingText(definition, transcript, casts),
  };
}

function recordedControl(
  definition: Experiment,
  id: string,
  recorded: RecordedControl | undefined,
): ControlText["recorded"] {
  const control = definition.controls[id];
  if (!recorded || !control) return undefined;
  const { findings } = judgeRecordedControl(controlled(definition, id, control), recorded);
  return { date: dayOf(recorded.recorded), findings };
}

function recordingText(
  definition: Experiment,
  transcript: Transcript,
  casts: Record<string, string>,
): RecordingText {
  const { verdict } = judgeTranscript(definition, transcript);
  return {
    date: dayOf(transcript.recorded),
    machines: Object.entries(transcript.machines)
      .map(([name, { inputHash }]) => `${name} ${inputHash.slice(0, SHORT_HASH)}`)
      .join(", "),
    ok: verdict.ok,
    steps: Object.fromEntries(
      transcript.steps.map(({ id, output, exit, instructions }) => [
        id,
        { output, exit, instructions },
      ]),
    ),
    findings: verdict.findings,
    casts,
  };
}
