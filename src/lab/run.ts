import type { MachinePort, MachineState } from "../machine/protocol.ts";
import { reach } from "../machine/reach.ts";
import { Wire } from "../machine/wire.ts";
import { LabError, labErrorOf } from "./errors.ts";
import { FileTrouble } from "./file-trouble.ts";
import { judge, judgeStep, type StepResult, type Verdict } from "./judge.ts";
import { type Borrower, borrowing, deskOf, type Lease, type Traces } from "./lease.ts";
import type { Procedure } from "./schema.ts";
import type { CommandResult, Shell, TypingOptions } from "./shell.ts";
import type { Action } from "./step.ts";

export interface RunOptions {
  /** Milliseconds between keystrokes, so that a reader can follow; 0 under Node. */
  typingMs: number;
  /** What ends the piece of work that is being done: asked for anew for each. */
  signal?(): AbortSignal;
  onStep?(index: number, result: StepResult | "running"): void;
}

/** The shells an experiment types into, by the names its `terminals` give them. */
export type Shells = Readonly<Record<string, Shell>>;

/** How long a terminal's nested shells, or a checkpoint's command, may take. */
const PREPARE_SECONDS = 60;
/**
 * One run of an experiment: its checkpoint's commands, its steps in order, then the verdict. It borrows
 * its machines for each piece of work, so that whoever reads can type between two steps. {@link end}
 * it when it is no longer needed.
 */
export class ExperimentRun {
  readonly results: StepResult[] = [];
  readonly #who: Borrower;
  readonly #procedure: Procedure;
  readonly #shells: Shells;
  readonly #options: RunOptions;
  readonly #machines: ReadonlySet<MachinePort>;
  readonly #unsubscribe: (() => void)[];
  /** The state in which a machine lost what the run had done so far. */
  #lost: MachineState | undefined;
  readonly #files: FileTrouble;
  #wiped: Traces | undefined;
  readonly #wire: Wire | undefined;
  /** Machines that a step means to end, or to switch off and on. */
  readonly #ending = new Set<MachinePort>();

  constructor(id: string, procedure: Procedure, shells: Shells, options: RunOptions) {
    this.#who = { kind: "experiment", id };
    this.#procedure = procedure;
    this.#shells = shells;
    this.#options = options;
    this.#machines = new Set(Object.values(shells).map(({ machine }) => machine));
    this.#files = new FileTrouble(this.#machines);
    this.#wire = wireOf(procedure, this.#machines);
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
    return this.results.length === this.#procedure.steps.length;
  }

  /** Whose traces were wiped when it began. */
  get wiped(): Traces | undefined {
    return this.#wiped;
  }

  /** Whether the reader has typed into one of its machines since it began: the verdict may be theirs. */
  get readerTyped(): boolean {
    return [...this.#machines].some((machine) => deskOf(machine).traces.reader);
  }

  /**
   * Takes the machines to their checkpoint, and sets the scene.
   * @param anew  even if they bear nobody's traces
   * @throws LabError
   */
  async prepare({ anew = false }: { anew?: boolean } = {}): Promise<void> {
    await this.#borrowing(anew ? "anew" : true, async (leases) => {
      this.#wiped = [...leases.values()].find(({ wiped }) => wiped)?.wiped;
      this.#lost = undefined;
      this.#files.forget();
      for (const shell of Object.values(this.#shells))
        await shell.home(this.#typing(PREPARE_SECONDS));
      for (const { at, run } of this.#procedure.checkpoint) {
        // Not what the reader came to see: entered at once.
        const typing = { ...this.#typing(PREPARE_SECONDS), typingMs: 0 };
        const result = await this.#shell(at).run(run, typing);
        this.#files.refuse(run);
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
    return this.#goingOn(() => this.#next());
  }

  /** Runs all steps that are left and judges. */
  async all(): Promise<Verdict> {
    return this.#goingOn(async () => {
      while (await this.#next());
      return this.verdict();
    });
  }

  /** The verdict over the steps run so far; only final when all have run. */
  verdict(): Verdict {
    return judge(this.#procedure, this.results);
  }

  /** Pulls out the wire, and stops watching the machines. */
  end(): void {
    this.#wire?.dispose();
    this.#files.dispose();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  async #goingOn<T>(work: () => Promise<T>): Promise<T> {
    const command = this.#procedure.steps[this.results.length]?.run ?? "";
    this.#refuseLoss(command);
    for (const machine of this.#machines) {
      const { by } = deskOf(machine).traces;
      if (by && (by.kind !== this.#who.kind || by.id !== this.#who.id))
        throw new LabError({
          code: "disturbed",
          params: { machine: machine.id, by: by.id, kind: by.kind },
        });
    }
    return this.#borrowing(false, work);
  }

  #borrowing<T>(
    clean: boolean | "anew",
    work: (leases: ReadonlyMap<MachinePort, Lease>) => Promise<T>,
  ): Promise<T> {
    const signal = this.#options.signal?.();
    return borrowing(this.#machines, this.#who, { clean, signal }, work);
  }

  async #next(): Promise<StepResult | undefined> {
    const index = this.results.length;
    const step = this.#procedure.steps[index];
    if (!step) return undefined;
    const command = step.run ?? "";
    this.#refuseLoss(command);
    this.#files.forget();
    this.#options.onStep?.(index, "running");
    const done = await this.#perform(step);
    this.#files.refuse(command);
    const result = judgeStep(step, done);
    this.results.push(result);
    this.#options.onStep?.(index, result);
    return result;
  }

  #refuseLoss(command: string): void {
    if (this.#lost)
      throw new LabError({
        code: "crashed",
        params: { state: this.#lost, command, lastLines: "" },
      });
  }

  async #perform(step: Action): Promise<CommandResult> {
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

  async #power(machine: MachinePort, { power, limitSeconds }: Action): Promise<CommandResult> {
    this.#ending.add(machine);
    try {
      const act = () => (power === "restore" ? machine.restore() : machine.reset());
      const signal = this.#options.signal?.();
      const { boot } = await reach(machine, "ready", {
        act,
        afresh: true,
        seconds: limitSeconds,
        signal,
      });
      return { output: "", exit: undefined, instructions: boot.instructions };
    } catch (thrown) {
      throw labErrorOf(thrown);
    } finally {
      this.#ending.delete(machine);
    }
  }

  #shell(name: string): Shell {
    const shell = this.#shells[name];
    if (!shell) throw new Error(`${this.#who.id}: no shell for terminal "${name}"`);
    return shell;
  }

  #typing(limitSeconds: number): TypingOptions {
    return { typingMs: this.#options.typingMs, limitSeconds, signal: this.#options.signal?.() };
  }
}

/** The wire between two of an experiment's machines, if it has one. */
function wireOf({ wire }: Procedure, machines: Iterable<MachinePort>): Wire | undefined {
  if (!wire) return undefined;
  const [a, b] = wire.map((id) => [...machines].find((machine) => machine.id === id));
  if (!a || !b) throw new Error(`a wire between ${wire.join(" and ")}, which are not both there`);
  return new Wire(a, b);
}
