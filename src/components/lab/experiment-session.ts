import { computed, signal } from "@preact/signals";
import { LabError, type LabErrorData } from "../../lab/errors.ts";
import { bringUp, ExperimentRun, type StepResult, type Verdict } from "../../lab/run.ts";
import type { ExperimentText } from "./experiment-text.ts";
import { type PageMachine, pageMachine } from "./page-machine.ts";

/** Milliseconds between keystrokes: quick, and slow enough to be seen as typing. */
const TYPING_MS = 18;

export type StepState = StepResult | "running" | undefined;

/** One experiment on one page: its run so far, and the machine it shares with the others. */
export class ExperimentSession {
  readonly experiment: ExperimentText;
  readonly machine: PageMachine;
  readonly steps = signal<StepState[]>([]);
  readonly verdict = signal<Verdict | undefined>(undefined);
  readonly error = signal<LabErrorData | undefined>(undefined);
  readonly runState = signal<"idle" | "running">("idle");
  /** Another experiment on the page is typing into the machine. */
  readonly elsewhere = computed(() => {
    const running = this.machine.running.value;
    return running !== undefined && running !== this.experiment.id;
  });
  #run: ExperimentRun | undefined;
  #stop = new AbortController();

  constructor(experiment: ExperimentText, guestPath: string) {
    this.experiment = experiment;
    const [first] = experiment.terminals;
    if (!first) throw new Error(`experiment ${experiment.id} has no terminal`);
    this.machine = pageMachine(first.machine, guestPath);
  }

  /** Counts this experiment among the machine's users. */
  attach(): () => void {
    const release = this.machine.use();
    // A machine that starts afresh knows nothing of steps done before.
    const unsubscribe = this.machine.port.subscribe((event) => {
      if (event.type === "status" && event.status.state === "booting") this.#run = undefined;
    });
    return () => {
      this.stop();
      unsubscribe();
      release();
    };
  }

  /** Brings the terminals here and the machine to its prompt. */
  async start(): Promise<void> {
    await this.hold();
    await bringUp(this.machine.port).catch(ignoreInterruption);
  }

  /** The same, by a cold boot even where there is a snapshot. */
  async boot(): Promise<void> {
    await this.hold();
    this.machine.port.reset();
  }

  async runAll(): Promise<void> {
    if (this.#run && this.#run.results.length === this.experiment.steps.length) this.#forget();
    await this.#guarded(async (run) => {
      this.verdict.value = await run.all();
    });
  }

  async runNext(): Promise<void> {
    if (this.verdict.value) this.#forget();
    await this.#guarded(async (run) => {
      await run.next();
      if (run.results.length === this.experiment.steps.length) this.verdict.value = run.verdict();
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Shows the machine's terminals at this experiment. */
  async hold(): Promise<void> {
    for (const { port } of this.experiment.terminals) {
      await this.machine.terminal(port);
      this.machine.shell(port);
    }
    this.machine.holder.value = this.experiment.id;
  }

  async #guarded(work: (run: ExperimentRun) => Promise<void>): Promise<void> {
    if (this.machine.running.value !== undefined) return;
    this.machine.running.value = this.experiment.id;
    this.runState.value = "running";
    this.error.value = undefined;
    this.#stop = new AbortController();
    try {
      await this.hold();
      await bringUp(this.machine.port);
      await work(this.#run ?? (await this.#begin()));
    } catch (thrown) {
      this.#run = undefined;
      if (!(thrown instanceof LabError)) throw thrown;
      // The machine's own panel says what became of it.
      if (thrown.data.code !== "interrupted" || this.steps.value.length > 0)
        this.error.value = thrown.data;
      this.steps.value = this.steps.value.filter((step) => step !== "running");
    } finally {
      this.runState.value = "idle";
      this.machine.running.value = undefined;
    }
  }

  async #begin(): Promise<ExperimentRun> {
    this.#forget();
    const shells = Object.fromEntries(
      this.experiment.terminals.map(({ name, port }) => [name, this.machine.shell(port)]),
    );
    const run = new ExperimentRun(this.experiment.definition, shells, {
      typingMs: TYPING_MS,
      signal: this.#stop.signal,
      onStep: (index, state) => {
        const steps = [...this.steps.value];
        steps[index] = state;
        this.steps.value = steps;
      },
    });
    await run.prepare();
    this.#run = run;
    return run;
  }

  #forget(): void {
    this.#run = undefined;
    this.steps.value = [];
    this.verdict.value = undefined;
    this.error.value = undefined;
  }
}

/** What became of the machine is told by its status; there is nothing to add. */
function ignoreInterruption(thrown: unknown): void {
  if (!(thrown instanceof LabError)) throw thrown;
}
