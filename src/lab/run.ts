import type { MachinePort } from "../machine/protocol.ts";
import { LabError } from "./errors.ts";
import { holds, parseRelation } from "./relation.ts";
import type { Experiment, Step } from "./schema.ts";
import type { Shell } from "./shell.ts";

/** What one step did, and whether that was what the experiment expects. */
export interface StepResult {
  id: string;
  command: string;
  output: string;
  /** Exit status; null when the command started a shell that is still there. */
  exit: number | null;
  captures: Record<string, string>;
  ok: boolean;
  /** What was not as expected; empty when `ok`. */
  problems: Problem[];
}

/** `code` selects the sentence `lab.problem.<code>`. */
export type Problem =
  | { code: "exit"; params: { expected: number; got: string } }
  | { code: "no-match"; params: { pattern: string } }
  | { code: "no-capture"; params: { name: string; pattern: string } };

/** A finding with its verdict and the values it was judged by. */
export interface FindingResult {
  that: string;
  ok: boolean;
  values: Record<string, string>;
}

/** The end of a run. */
export interface Verdict {
  ok: boolean;
  findings: FindingResult[];
  claims: string[];
}

export interface RunOptions {
  /** Milliseconds between keystrokes, so that a reader can follow; 0 under Node. */
  typingMs: number;
  signal?: AbortSignal;
  onStep?(index: number, result: StepResult | "running"): void;
}

/** The shells an experiment types into, by the names its `terminals` give them. */
export type Shells = Readonly<Record<string, Shell>>;

/** One run of an experiment: its steps in order, then the verdict. */
export class ExperimentRun {
  readonly results: StepResult[] = [];
  readonly #experiment: Experiment;
  readonly #shells: Shells;
  readonly #options: RunOptions;

  constructor(experiment: Experiment, shells: Shells, options: RunOptions) {
    this.#experiment = experiment;
    this.#shells = shells;
    this.#options = options;
  }

  /** All values captured so far. */
  get captures(): Record<string, string> {
    return Object.assign({}, ...this.results.map((result) => result.captures));
  }

  /** Brings every terminal back to the shell it started with. */
  async prepare(): Promise<void> {
    for (const shell of Object.values(this.#shells))
      await shell.home({ typingMs: this.#options.typingMs, limitSeconds: 30, ...this.#signal() });
  }

  /** Runs the next step. @throws LabError when there is no verdict to be had */
  async next(): Promise<StepResult | undefined> {
    const index = this.results.length;
    const step = this.#experiment.steps[index];
    if (!step) return undefined;
    this.#options.onStep?.(index, "running");
    const shell = this.#shells[step.at];
    if (!shell) throw new Error(`step ${step.id}: no shell for terminal "${step.at}"`);
    const { output, exit } = await shell.run(step.run, {
      typingMs: this.#options.typingMs,
      limitSeconds: step.limitSeconds,
      ...this.#signal(),
    });
    const result = judgeStep(step, output, exit);
    this.results.push(result);
    this.#options.onStep?.(index, result);
    return result;
  }

  /** Runs all steps that are left and judges. */
  async all(): Promise<Verdict> {
    while (await this.next());
    return this.verdict();
  }

  /** The verdict over the steps run so far; only final when all have run. */
  verdict(): Verdict {
    return judge(this.#experiment, this.results);
  }

  #signal(): { signal?: AbortSignal } {
    return this.#options.signal ? { signal: this.#options.signal } : {};
  }
}

/** Holds one step's output against what the experiment expects of it. */
export function judgeStep(step: Step, output: string, exit: number | undefined): StepResult {
  const problems: Problem[] = [];
  const { expect, capture = {} } = step;
  if (expect?.exit !== undefined && expect.exit !== exit)
    problems.push({ code: "exit", params: { expected: expect.exit, got: String(exit ?? "–") } });
  for (const pattern of expect?.match ?? [])
    if (!new RegExp(pattern, "m").test(output))
      problems.push({ code: "no-match", params: { pattern } });
  const captures: Record<string, string> = {};
  for (const [name, pattern] of Object.entries(capture)) {
    const value = new RegExp(pattern, "m").exec(output)?.[1];
    if (value === undefined) problems.push({ code: "no-capture", params: { name, pattern } });
    else captures[name] = value;
  }
  return {
    id: step.id,
    command: step.run,
    output,
    exit: exit ?? null,
    captures,
    ok: problems.length === 0,
    problems,
  };
}

/** Judges a run: every step as expected, and every finding true. */
export function judge(experiment: Experiment, results: readonly StepResult[]): Verdict {
  const captures: Record<string, string> = Object.assign({}, ...results.map((r) => r.captures));
  const findings = experiment.findings.map(({ that }) => {
    const relation = parseRelation(that);
    if ("error" in relation) throw new Error(relation.error);
    const values = Object.fromEntries(
      Object.entries(captures).filter(([name]) => that.includes(name)),
    );
    return { that, ok: holds(relation, captures), values };
  });
  const complete = results.length === experiment.steps.length;
  const ok = complete && results.every((r) => r.ok) && findings.every((f) => f.ok);
  return { ok, findings, claims: experiment.claims };
}

/**
 * Brings a machine to its prompt, from whatever state it is in.
 * @throws LabError `interrupted` when it fails or crashes on the way
 */
export function bringUp(machine: MachinePort): Promise<void> {
  const { state } = machine.status;
  if (state === "ready") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = machine.subscribe((event) => {
      if (event.type !== "status") return;
      const now = event.status.state;
      if (now === "failed" || now === "crashed")
        reject(new LabError({ code: "interrupted", params: { state: now } }));
      else if (now === "ready") resolve();
      else return;
      stop();
    });
    if (state === "paused") machine.resume();
    else machine.start();
  });
}
