import { computed, signal } from "@preact/signals";
import type { ControlVerdict } from "../../lab/control.ts";
import { LabError, type LabErrorData } from "../../lab/errors.ts";
import type { StepResult, Verdict } from "../../lab/judge.ts";
import type { Borrower, Traces } from "../../lab/lease.ts";
import type { ExperimentRun, RunOptions } from "../../lab/run.ts";
import type { Procedure } from "../../lab/schema.ts";
import { StoppableTask } from "../../lab/stoppable-task.ts";
import { bringUp, ReachError } from "../../machine/reach.ts";
import { nameBorrower } from "./borrowers.ts";
import type { ExperimentText, StepText } from "./experiment-text.ts";
import { lessMotion } from "./motion.ts";
import type { PageMachine } from "./page-machine.ts";
import { progressStore } from "./progress-store.ts";

/** Milliseconds between keystrokes: quick, and slow enough to be seen as typing. */
const TYPING_MS = 18;

export type StepState = StepResult | "running" | undefined;
/** What a control showed, and whether the reader typed into a machine meanwhile; or why it showed nothing. */
export type ControlState =
  | (ControlVerdict & { typed: boolean })
  | { error: LabErrorData }
  | "running"
  | undefined;
/** How far the reader asked to go. */
type Extent = "step" | "all";

/** One experiment on one page: its run so far, on machines that it shares with others. */
export class ExperimentSession {
  readonly experiment: ExperimentText;
  /** In the order of the experiment's terminals. */
  readonly machines: readonly PageMachine[];
  readonly steps = signal<StepState[]>([]);
  readonly verdict = signal<Verdict | undefined>(undefined);
  /** What its controls showed, by their ids. */
  readonly controls = signal<Readonly<Record<string, ControlState>>>({});
  readonly error = signal<LabErrorData | undefined>(undefined);
  readonly runState = signal<"idle" | "running">("idle");
  /** The step whose question waits for the reader's guess. */
  readonly asking = signal<string | undefined>(undefined);
  /** Whether the recording is being played back; only while the machines are not shown here. */
  readonly playing = signal(false);
  /** Whose traces were wiped when the run began: the machine went back to its checkpoint. */
  readonly wiped = signal<Traces | undefined>(undefined);
  /** Whether the reader typed into a machine during the run that was judged. */
  readonly readerTyped = signal(false);
  /** Somebody else who has one of the machines. */
  readonly elsewhere = computed(() =>
    this.machines
      .map(({ borrower }) => borrower.value)
      .find((who) => who && (who.kind !== this.#who.kind || who.id !== this.#who.id)),
  );
  readonly #who: Borrower;
  readonly #task = new StoppableTask();
  #run: ExperimentRun | undefined;
  #asked: Extent = "step";
  #signal: AbortSignal | undefined;

  /** @param machines  those of the experiment, in its order */
  constructor(experiment: ExperimentText, machines: readonly PageMachine[]) {
    this.experiment = experiment;
    this.machines = machines;
    this.#who = { kind: "experiment", id: experiment.id };
    nameBorrower(this.#who, experiment.title);
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
        if (event.type === "power-on" && !this.#task.busy) this.#drop();
      }),
    ]);
    return () => {
      this.stop();
      for (const release of releases) release();
    };
  }

  /** Brings the terminals here and the machines to their prompts. */
  async start(machine: PageMachine): Promise<void> {
    // What becomes of the machine is told by its status; there is nothing to add.
    await this.#telling(() => bringUp(machine.port).catch(ignoreReach));
  }

  /** The same, by a cold boot even where there is a snapshot. */
  async boot(machine: PageMachine): Promise<void> {
    await this.#telling(async () => machine.port.reset());
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

  /** Runs the whole from its checkpoint, whatever became of the machines. */
  async runAgain(): Promise<void> {
    if (this.elsewhere.value) return;
    await this.resetToCheckpoint();
    this.#asked = "all";
    if (this.#run) await this.#goOn();
  }

  /** Takes every machine back to where the experiment begins. */
  async resetToCheckpoint(): Promise<void> {
    // What has been told is not taken away where nothing comes in its place.
    if (this.elsewhere.value) return;
    this.stop();
    await this.#task.settled();
    this.#forget();
    await this.#guarded(async (signal) => {
      await this.#begin(signal, true);
    });
  }

  /**
   * Runs the same without what a control takes away, from the checkpoint. What the experiment itself has
   * shown stays; a run that was not complete is given up, since its machine is needed.
   */
  async runControl(id: string): Promise<void> {
    const control = this.experiment.controls.find((each) => each.id === id);
    if (!control) return;
    await this.#guarded(async (signal) => {
      if (this.verdict.value) this.#drop();
      else this.#forget();
      this.#showControl(id, "running");
      const { controlled, judgeControl } = await script(import("../../lab/control.ts"));
      const procedure = controlled(this.experiment, id, control);
      const run = await this.#runOf(procedure, signal);
      try {
        await run.prepare({ anew: true });
        await run.all();
        const verdict = judgeControl(procedure, run.results);
        this.#showControl(id, { ...verdict, typed: run.readerTyped });
      } finally {
        run.end();
      }
    });
  }

  /** Ends the run at once, and a download that it has brought about. */
  stop(): void {
    this.#task.stop();
  }

  togglePlayback(): void {
    this.playing.value = !this.playing.value;
  }

  /** The reader wants the terminals here. */
  async bring(): Promise<void> {
    await this.#telling(async () => {});
  }

  /** Shows the machines' terminals at this experiment. @throws LabError `stale` */
  async hold(): Promise<void> {
    for (const { machine, port } of this.experiment.terminals)
      await this.machine(machine).terminal(port);
    for (const machine of this.machines) machine.shownBy.value = this.experiment.id;
  }

  /** @param answered  the step whose question has been settled */
  async #goOn(answered?: string): Promise<void> {
    if (this.#asksFirst(answered)) return;
    await this.#guarded(async (signal) => {
      const run = this.#run ?? (await this.#begin(signal));
      do await run.next();
      while (this.#asked === "all" && !run.complete && !this.#asksFirst());
      if (run.complete) this.#judge(run);
    });
  }

  #showControl(control: string, state: ControlState): void {
    this.controls.value = { ...this.controls.value, [control]: state };
  }

  #judge(run: ExperimentRun): void {
    const verdict = run.verdict();
    this.readerTyped.value = run.readerTyped;
    this.verdict.value = verdict;
    // What the reader's own commands may have brought about is not the experiment's.
    if (verdict.ok || !run.readerTyped) progressStore.judged(this.experiment.id, verdict.ok);
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

  async #guarded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#task.busy || this.elsewhere.value) return;
    this.runState.value = "running";
    this.error.value = undefined;
    await this.#task.run(
      async (signal) => {
        this.#signal = signal;
        await this.hold();
        // A script that came late may find that the reader has given up.
        if (!signal.aborted) await work(signal);
      },
      (thrown, stopped) => this.#ended(thrown, stopped),
    );
  }

  #ended(thrown: unknown, stopped: boolean): void {
    this.runState.value = "idle";
    if (stopped)
      for (const { port } of this.machines) {
        const { state } = port.status;
        if (state === "downloading" || state === "building") port.off();
      }
    if (thrown === undefined) return;
    this.#drop();
    this.steps.value = this.steps.value.filter((step) => step !== "running");
    const data = troubleOf(thrown);
    // Before anything was typed the machine's own panel says what became of it.
    const told =
      data.code === "interrupted" && this.machines.some(({ state }) => isTold(state.value));
    const [control] =
      Object.entries(this.controls.value).find(([, state]) => state === "running") ?? [];
    // What befell a control says nothing of the experiment, whose verdict stands.
    if (control !== undefined)
      this.#showControl(control, stopped || told ? undefined : { error: data });
    else if (!told || this.steps.value.length > 0) this.error.value = data;
  }

  async #begin(signal: AbortSignal, anew = false): Promise<ExperimentRun> {
    this.#forget();
    const run = await this.#runOf(this.experiment, signal, (index, state) => {
      const steps = [...this.steps.value];
      steps[index] = state;
      this.steps.value = steps;
    });
    this.#run = run;
    await run.prepare({ anew });
    this.wiped.value = this.#ofOthers(run.wiped);
    return run;
  }

  async #runOf(
    procedure: Procedure,
    signal: AbortSignal,
    onStep?: RunOptions["onStep"],
  ): Promise<ExperimentRun> {
    const shells = Object.fromEntries(
      this.experiment.terminals.map(({ name, machine, port, label }) => [
        name,
        this.machine(machine).shell(port, label),
      ]),
    );
    const { ExperimentRun } = await script(import("../../lab/run.ts"));
    return new ExperimentRun(this.experiment.id, procedure, shells, {
      typingMs: lessMotion() ? 0 : TYPING_MS,
      // A run goes on over several pieces of work, each with a signal of its own.
      signal: () => this.#signal ?? signal,
      ...(onStep && { onStep }),
    });
  }

  /** Traces that the reader may want to know were wiped: not this experiment's own. */
  #ofOthers(wiped: Traces | undefined): Traces | undefined {
    if (wiped?.by?.kind !== this.#who.kind || wiped.by.id !== this.#who.id) return wiped;
    return wiped.reader ? { by: undefined, reader: true } : undefined;
  }

  /** Shows the terminals here and does something; why that failed is told. */
  async #telling(work: () => Promise<void>): Promise<void> {
    try {
      await this.hold();
      await work();
    } catch (thrown) {
      this.error.value = troubleOf(thrown);
    }
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
    this.wiped.value = undefined;
    this.readerTyped.value = false;
  }
}

/** A script of the page that comes when it is needed. @throws LabError `stale` when it does not */
async function script<T>(arriving: Promise<T>): Promise<T> {
  return arriving.catch((thrown: unknown) => {
    throw new LabError({ code: "stale", params: { reason: String(thrown) } });
  });
}

/** States in which a machine's own panel tells what happened. */
function isTold(state: string): boolean {
  return state === "failed" || state === "crashed";
}

function troubleOf(thrown: unknown): LabErrorData {
  if (thrown instanceof LabError) return thrown.data;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "broken", params: { reason } };
}

/** What became of the machine is told by its status; there is nothing to add. */
function ignoreReach(thrown: unknown): void {
  if (!(thrown instanceof ReachError)) throw thrown;
}
