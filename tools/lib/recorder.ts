import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CastEvent, castText } from "../../src/lab/cast.ts";
import { controlled } from "../../src/lab/control.ts";
import type { Control } from "../../src/lab/control-schema.ts";
import type { StepResult } from "../../src/lab/judge.ts";
import type { Experiment } from "../../src/lab/schema.ts";
import { procedureHash, type Transcript } from "../../src/lab/transcript.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import type { MachinePort, Measurement } from "../../src/machine/protocol.ts";
import type { ExperimentReport, Observer } from "./node-lab.ts";

/** Quick for a typist, and slow enough to be read when it is played back. */
const TYPING_MS = 30;
/** A screen shows 60 of them a second. */
const FRAME_SECONDS = 1 / 60;
/** A terminal's size until somebody says otherwise. */
const [WIDTH, HEIGHT] = [80, 24];

/** Keeps what the terminals print while an experiment runs, and writes it as its transcript. */
export class Recorder implements Observer {
  readonly typingMs = TYPING_MS;
  readonly #id: string;
  readonly #experiment: Experiment;
  readonly #manifest: Manifest;
  readonly #casts = new Map<string, CastEvent[]>();
  #began = 0;
  #date = new Date();
  #transcript: Transcript | undefined;
  #measured: ReadonlyMap<string, Measurement> = new Map();

  constructor(id: string, experiment: Experiment, manifest: Manifest) {
    this.#id = id;
    this.#experiment = experiment;
    this.#manifest = manifest;
  }

  begin(machines: ReadonlyMap<string, MachinePort>): void {
    this.#date = new Date();
    this.#began = performance.now();
    for (const [name, { machine, port }] of Object.entries(this.#experiment.terminals)) {
      const events: CastEvent[] = [];
      const decoder = new TextDecoder();
      this.#casts.set(name, events);
      machines.get(machine)?.subscribe((event) => {
        if (event.type !== "output" || event.terminal !== port) return;
        const text = decoder.decode(event.data, { stream: true });
        if (text) this.#keep(events, text);
      });
    }
  }

  step(index: number): void {
    const step = this.#experiment.steps[index];
    if (step) this.#casts.get(step.at)?.push([this.#now(), "m", step.id]);
  }

  end(report: ExperimentReport, measured: ReadonlyMap<string, Measurement>): void {
    const { name, version } = this.#manifest.engine;
    this.#measured = measured;
    this.#transcript = {
      schema: 1,
      experiment: this.#id,
      recorded: this.#date.toISOString(),
      engine: { name, version },
      machines: report.machine,
      procedure: procedureHash(this.#experiment),
      steps: report.steps.map(recordedStep),
      ok: report.verdict.ok,
      instructions: report.instructions,
      seconds: report.seconds,
    };
  }

  /** Keeps what its controls printed, once they have been run. */
  keepControls(report: ExperimentReport): void {
    if (this.#transcript) this.#transcript.controls = recordedControls(this.#experiment, report);
  }

  /** Writes `<folder>/run.json` and one asciicast for each terminal, in place of what was there. */
  async write(folder: string): Promise<void> {
    if (!this.#transcript) throw new Error(`${this.#id} has not been run`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeTranscript(folder, this.#transcript);
    for (const [name, events] of this.#casts)
      await writeFile(join(folder, `${name}.cast`), this.#cast(name, events));
  }

  /** What comes within one frame of a screen is one event: some programs write byte by byte. */
  #keep(events: CastEvent[], text: string): void {
    const last = events.at(-1);
    if (last?.[1] === "o" && this.#now() - last[0] < FRAME_SECONDS) last[2] += text;
    else events.push([this.#now(), "o", text]);
  }

  #cast(name: string, events: readonly CastEvent[]): string {
    const { machine = "", label } = this.#experiment.terminals[name] ?? {};
    const { name: engine, version } = this.#manifest.engine;
    return castText(
      {
        version: 2,
        width: WIDTH,
        height: HEIGHT,
        timestamp: Math.floor(this.#date.getTime() / 1000),
        title: `${this.#experiment.title.en}: ${label?.en ?? name}`,
        "one-kernel": {
          experiment: this.#id,
          terminal: name,
          machine,
          inputHash: this.#manifest.machines[machine]?.inputHash ?? "",
          engine: `${engine} ${version}`,
          instructions: this.#measured.get(machine)?.instructions ?? 0,
        },
      },
      events,
    );
  }

  #now(): number {
    return (performance.now() - this.#began) / 1000;
  }
}

/** Writes `<folder>/run.json`. */
export async function writeTranscript(folder: string, transcript: Transcript): Promise<void> {
  await writeFile(join(folder, "run.json"), `${JSON.stringify(transcript, null, 2)}\n`);
}

/** The runs of an experiment's controls, as its transcript has them. */
export function recordedControls(
  experiment: Experiment,
  { machine, controls = {} }: ExperimentReport,
): NonNullable<Transcript["controls"]> {
  const recorded = new Date().toISOString();
  const machines = Object.fromEntries(
    Object.entries(machine).map(([name, { inputHash }]) => [name, inputHash]),
  );
  return Object.fromEntries(
    Object.entries(controls).map(([id, { steps }]) => {
      const procedure = controlled(experiment, id, experiment.controls[id] as Control);
      return [
        id,
        {
          recorded,
          machines,
          procedure: procedureHash(experiment, procedure),
          steps: steps.map(recordedStep),
        },
      ];
    }),
  );
}

function recordedStep({ id, command, exit, output, instructions }: StepResult) {
  return { id, command, exit, output, instructions };
}
