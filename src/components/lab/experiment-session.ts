import { computed, signal } from "@preact/signals";
import { LabError, type LabErrorData } from "../../lab/errors.ts";
import type { StepResult, Verdict } from "../../lab/judge.ts";
import { bringUp, ExperimentRun, untilReady } from "../../lab/run.ts";
import type { ExperimentText, StepText } from "./experiment-text.ts";
import { lessMotion } from "./motion.ts";
import { type PageMachine, pageMachine } from "./page-machine.ts";
import { progressStore } from "./progress-store.ts";

/** Milliseconds between keystrokes: quick, and slow enough to be seen as typing. */
const TYPING_MS = 18;

export type StepState = StepResult | "running" | undefined;
/** How far the reader asked to go. */
type Extent = "step" | "all";

/** One experiment on one page: its run so far, and the machines it shares with the others. */
export class ExperimentSession {
  readonly experiment: ExperimentText;
  /** In the order of the experiment's terminals. */
  readonly machines: readonly PageMachine[];
  readonly steps = signal<StepState[]>([]);
  readonly verdict = signal<Verdict | undefined>(undefined);
  readonly error = signal<LabErrorData | undefined>(undefined);
  readonly runState = signal<"idle" | "running">("idle");
  /** The step whose question waits for the reader's guess. */
  readonly asking = signal<string | undefined>(undefined);
  /** Whether the recording is being played back; only while the machines are not shown here. */
  readonly playing = signal(false);
  /** Another experiment on the page is typing into one of the machines. */
  readonly elsewhere = computed(() =>
    this.machines.some(
      ({ running }) => (running.value ?? this.experiment.id) !== this.experiment.id,
    ),
  );
  #run: ExperimentRun | undefined;
  #stop = new AbortController();
  /** What is being done with the machines; settled when nothing is. */
  #working: Promise<void> = Promise.resolve();
  #asked: Extent = "step";
  /** Whether a run has changed the machines since they were last at their checkpoint. */
  #used = false;

  constructor(experiment: ExperimentText, guestPath: string) {
    this.experiment = experiment;
    this.machines = experiment.machines.map((id) => pageMachine(id, guestPath));
  }

  machine(id: string): PageMachine {
    const machine = this.machines[this.experiment.machines.indexOf(id)];
    if (!machine) throw new Error(`experiment ${this.experiment.id} has no machine ${id}`);
    return machine;
  }

  /** Counts this experiment among its machines' users. */
  attach(): () => void {
    progressStore.open();
    const releases = this.machines.flatMap((machine) => [
      machine.use(),
      // A machine that starts afresh knows nothing of steps done before.
      machine.port.subscribe((event) => {
        if (event.type !== "status" || event.status.state !== "booting") return;
        if (this.runState.value === "running") return;
        this.#drop();
        this.#used = false;
      }),
    ]);
    return () => {
      this.stop();
      for (const release of releases) release();
    };
  }

  /** Brings the terminals here and the machines to their prompts. */
  async start(machine: PageMachine): Promise<void> {
    await this.hold();
    await bringUp(machine.port).catch(ignoreInterruption);
  }

  /** The same, by a cold boot even where there is a snapshot. */
  async boot(machine: PageMachine): Promise<void> {
    await this.hold();
    machine.port.reset();
  }

  async runAll(): Promise<void> {
    this.#asked = "all";
    if (this.#run?.complete) this.#forget();
    await this.#goOn();
  }

  async runNext(): Promise<void> {
    this.#asked = "step";
    if (this.verdict.value) this.#forget();
    await this.#goOn();
  }

  /** The reader's guess at the step that asks; undefined to go on without one. */
  async guess(choice: number | undefined): Promise<void> {
    const step = this.asking.value;
    this.asking.value = undefined;
    if (step === undefined) return;
    if (choice !== undefined) progressStore.predict(this.experiment.id, step, choice);
    await this.#goOn(step);
  }

  /** Takes every machine back to where the experiment begins. */
  async resetToCheckpoint(): Promise<void> {
    this.stop();
    await this.#working;
    this.#forget();
    await this.#guarded(async () => {
      await this.#restore();
      await this.#begin();
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  togglePlayback(): void {
    this.playing.value = !this.playing.value;
  }

  /** Shows the machines' terminals at this experiment. */
  async hold(): Promise<void> {
    for (const { machine, port } of this.experiment.terminals) {
      await this.machine(machine).terminal(port);
      this.machine(machine).shell(port);
    }
    for (const machine of this.machines) machine.holder.value = this.experiment.id;
  }

  /** @param answered  the step whose question has been settled */
  async #goOn(answered?: string): Promise<void> {
    if (this.#asksFirst(answered)) return;
    await this.#guarded(async () => {
      const run = this.#run ?? (await this.#begin());
      do await run.next();
      while (this.#asked === "all" && !run.complete && !this.#asksFirst());
      if (!run.complete) return;
      this.verdict.value = run.verdict();
      progressStore.judged(this.experiment.id, this.verdict.value.ok);
    });
  }

  /** Puts the next step's question, unless it has none or has been answered, now or on an earlier visit. */
  #asksFirst(answered?: string): boolean {
    const step: StepText | undefined = this.experiment.steps[this.#run?.results.length ?? 0];
    if (!step?.predict || step.id === answered) return false;
    const { predictions } = progressStore.experience(this.experiment.id);
    if (predictions?.[step.id] !== undefined) return false;
    this.asking.value = step.id;
    return true;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.machines.some(({ running }) => running.value !== undefined)) return;
    this.#working = this.#guardedNow(work);
    await this.#working;
  }

  async #guardedNow(work: () => Promise<void>): Promise<void> {
    this.#occupy(this.experiment.id);
    this.runState.value = "running";
    this.error.value = undefined;
    this.#stop = new AbortController();
    try {
      await this.hold();
      await Promise.all(this.machines.map(({ port }) => bringUp(port)));
      await work();
    } catch (thrown) {
      this.#drop();
      if (!(thrown instanceof LabError)) throw thrown;
      // The machine's own panel says what became of it.
      if (thrown.data.code !== "interrupted" || this.steps.value.length > 0)
        this.error.value = thrown.data;
      this.steps.value = this.steps.value.filter((step) => step !== "running");
    } finally {
      this.runState.value = "idle";
      this.#occupy(undefined);
    }
  }

  #occupy(by: string | undefined): void {
    for (const { running } of this.machines) running.value = by;
  }

  async #restore(): Promise<void> {
    await Promise.all(this.machines.map(({ port }) => untilReady(port, () => port.restore())));
    this.#used = false;
  }

  async #begin(): Promise<ExperimentRun> {
    this.#forget();
    // What an earlier run left behind would be in the way.
    if (this.#used) await this.#restore();
    this.#used = true;
    const shells = Object.fromEntries(
      this.experiment.terminals.map(({ name, machine, port }) => [
        name,
        this.machine(machine).shell(port),
      ]),
    );
    const run = new ExperimentRun(this.experiment.id, this.experiment.definition, shells, {
      typingMs: lessMotion() ? 0 : TYPING_MS,
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

  #drop(): void {
    this.#run?.end();
    this.#run = undefined;
    this.asking.value = undefined;
  }

  #forget(): void {
    this.#drop();
    this.steps.value = [];
    this.verdict.value = undefined;
    this.error.value = undefined;
  }
}

/** What became of the machine is told by its status; there is nothing to add. */
function ignoreInterruption(thrown: unknown): void {
  if (!(thrown instanceof LabError)) throw thrown;
}
