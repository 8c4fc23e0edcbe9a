import type { BootFigures, MachinePort, MachineState } from "../machine/protocol.ts";
import { LabError } from "./errors.ts";
import { judge, judgeStep, type StepResult, type Verdict } from "./judge.ts";
import { occupy } from "./occupancy.ts";
import type { Experiment, Step } from "./schema.ts";
import type { CommandResult, Shell, TypingOptions } from "./shell.ts";

export interface RunOptions {
  /** Milliseconds between keystrokes, so that a reader can follow; 0 under Node. */
  typingMs: number;
  signal?: AbortSignal;
  onStep?(index: number, result: StepResult | "running"): void;
}

/** The shells an experiment types into, by the names its `terminals` give them. */
export type Shells = Readonly<Record<string, Shell>>;

/** How long a terminal's nested shells, or a checkpoint's command, may take. */
const PREPARE_SECONDS = 60;

/**
 * One run of an experiment: its checkpoint's commands, its steps in order, then the verdict.
 * While it types it has its machines to itself. {@link end} it when it is no longer needed.
 */
export class ExperimentRun {
  readonly results: StepResult[] = [];
  readonly #id: string;
  readonly #experiment: Experiment;
  readonly #shells: Shells;
  readonly #options: RunOptions;
  readonly #machines: ReadonlySet<MachinePort>;
  readonly #unsubscribe: (() => void)[];
  /** The state in which a machine lost what the run had done so far. */
  #lost: MachineState | undefined;
  /** Machines that a step means to end, or to switch off and on. */
  readonly #ending = new Set<MachinePort>();

  constructor(id: string, experiment: Experiment, shells: Shells, options: RunOptions) {
    this.#id = id;
    this.#experiment = experiment;
    this.#shells = shells;
    this.#options = options;
    this.#machines = new Set(Object.values(shells).map(({ machine }) => machine));
    this.#unsubscribe = [...this.#machines].map((machine) =>
      machine.subscribe((event) => {
        if (event.type !== "status" || this.#ending.has(machine)) return;
        const { state } = event.status;
        if (state !== "ready" && state !== "paused") this.#lost ??= state;
      }),
    );
  }

  /** Whether every step has been run. */
  get complete(): boolean {
    return this.results.length === this.#experiment.steps.length;
  }

  /** Brings every terminal back to the shell it started with, and sets the scene. */
  async prepare(): Promise<void> {
    await this.#occupied(async () => {
      this.#lost = undefined;
      for (const shell of Object.values(this.#shells))
        await shell.home(this.#typing(PREPARE_SECONDS));
      for (const { at, run } of this.#experiment.checkpoint) {
        // Not what the reader came to see: entered at once.
        const typing = { ...this.#typing(PREPARE_SECONDS), typingMs: 0 };
        const result = await this.#shell(at).run(run, typing);
        if (result.exit !== 0)
          throw new LabError({
            code: "checkpoint",
            params: { command: run, exit: String(result.exit ?? "–"), output: result.output },
          });
      }
    });
  }

  /** Runs the next step. @throws LabError when there is no verdict to be had */
  async next(): Promise<StepResult | undefined> {
    return this.#occupied(() => this.#next());
  }

  /** Runs all steps that are left and judges. */
  async all(): Promise<Verdict> {
    return this.#occupied(async () => {
      while (await this.#next());
      return this.verdict();
    });
  }

  /** The verdict over the steps run so far; only final when all have run. */
  verdict(): Verdict {
    return judge(this.#experiment, this.results);
  }

  /** Stops watching the machines. */
  end(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  async #occupied<T>(work: () => Promise<T>): Promise<T> {
    const release = occupy(this.#machines, this.#id);
    return work().finally(release);
  }

  async #next(): Promise<StepResult | undefined> {
    const index = this.results.length;
    const step = this.#experiment.steps[index];
    if (!step) return undefined;
    const command = step.run ?? "";
    if (this.#lost)
      throw new LabError({
        code: "crashed",
        params: { state: this.#lost, command, lastLines: "" },
      });
    this.#options.onStep?.(index, "running");
    const result = judgeStep(step, await this.#perform(step));
    this.results.push(result);
    this.#options.onStep?.(index, result);
    return result;
  }

  async #perform(step: Step): Promise<CommandResult> {
    const shell = this.#shell(step.at);
    if (step.run === undefined) return this.#power(shell.machine, step);
    const { limitMillions } = step;
    const typing = { ...this.#typing(step.limitSeconds), limitMillions };
    if (!step.expect?.panic) return shell.run(step.run, typing);
    return this.#panic(shell, step.run, typing);
  }

  /** Runs a command that means to end its machine's kernel. What comes back otherwise is judged. */
  async #panic(shell: Shell, command: string, typing: TypingOptions): Promise<CommandResult> {
    const { machine } = shell;
    this.#ending.add(machine);
    try {
      const result = await shell.run(command, typing);
      this.#ending.delete(machine);
      return result;
    } catch (thrown) {
      const { status } = machine;
      if (status.state !== "crashed" || status.cause !== "panic") throw thrown;
      // A machine that has ended cannot be asked what it has executed.
      return { output: status.lastLines.join("\n"), exit: undefined, instructions: 0 };
    }
  }

  async #power(machine: MachinePort, { power, limitSeconds }: Step): Promise<CommandResult> {
    this.#ending.add(machine);
    try {
      const act = () => (power === "restore" ? machine.restore() : machine.reset());
      const { instructions } = await untilReady(machine, act, limitSeconds);
      return { output: "", exit: undefined, instructions };
    } finally {
      this.#ending.delete(machine);
    }
  }

  #shell(name: string): Shell {
    const shell = this.#shells[name];
    if (!shell) throw new Error(`${this.#id}: no shell for terminal "${name}"`);
    return shell;
  }

  #typing(limitSeconds: number): TypingOptions {
    const { typingMs, signal } = this.#options;
    return { typingMs, limitSeconds, signal };
  }
}

/**
 * Does something to a machine and waits for its next prompt.
 * @throws LabError `interrupted` when it fails or crashes on the way, `no-prompt` after `seconds`
 */
export function untilReady(
  machine: MachinePort,
  act: () => void,
  seconds = Number.POSITIVE_INFINITY,
): Promise<BootFigures> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      stop();
      settle();
    };
    const stop = machine.subscribe((event) => {
      if (event.type !== "status") return;
      const { status } = event;
      if (status.state === "failed" || status.state === "crashed")
        end(() => reject(new LabError({ code: "interrupted", params: { state: status.state } })));
      else if (status.state === "ready") end(() => resolve(status.boot));
    });
    const late = { code: "no-prompt", params: { machine: machine.id, seconds } } as const;
    const timer = Number.isFinite(seconds)
      ? setTimeout(() => end(() => reject(new LabError(late))), seconds * 1000)
      : undefined;
    act();
  });
}

/**
 * Brings a machine to its prompt, from whatever state it is in.
 * @throws LabError `interrupted` when it fails or crashes on the way
 */
export async function bringUp(machine: MachinePort): Promise<void> {
  const { state } = machine.status;
  if (state === "ready") return;
  await untilReady(machine, () => (state === "paused" ? machine.resume() : machine.start()));
}
