import type { BuildFile, BuildStep } from "../../src/machine/build-progress.ts";
import { type Course, secondsUntil, type Work } from "./estimate.ts";
import type { Counted } from "./progress.ts";
import type { ReportInit, ReportMessage } from "./report-messages.ts";

/** What is known of a build at a moment, and what of that is told. */
export class ReportState {
  readonly #init: ReportInit;
  readonly #began: number;
  #beat = 0;
  #waitsFor: number | undefined;
  #machine: string | null = null;
  #step: BuildStep = "preparing";
  /** Undefined until it is known what there is to do. */
  #works: readonly Work[] | undefined;
  #spent: number[] = [];
  #stepBegan: number | undefined;
  /** What was counted last, and when counting began. */
  #counted: { now: Counted; since: number } | undefined;
  readonly #ready = new Set<string>();
  /** What was told of each machine last: a bar does not go back. */
  readonly #fractions = new Map<string, number>();
  #failure: Extract<ReportMessage, { type: "failed" }> | undefined;

  /** @param now  seconds, of any clock that does not go back */
  constructor(init: ReportInit, now: number) {
    this.#init = init;
    this.#began = now;
  }

  /** A path whose size counts as work that is done. */
  get growing(): string | undefined {
    return this.#counted?.now.growing;
  }

  hear(message: Exclude<ReportMessage, { type: "done" }>, now: number): void {
    switch (message.type) {
      case "waits":
        this.#waitsFor = message.pid;
        this.#step = "waiting";
        break;
      case "works":
        this.#works = message.works;
        for (const id of message.ready) this.#ready.add(id);
        break;
      case "step":
        this.#begin(message.machine, message.step, now);
        break;
      case "count":
        this.#counted = { now: message.counted, since: this.#counted?.since ?? now };
        break;
      case "ready":
        this.#ready.add(message.machine);
        break;
      case "failed":
        this.#failure = message;
    }
  }

  /**
   * What `building.json` says at this moment.
   * @param grown  bytes of the file that grows
   */
  file(now: number, grown: number): BuildFile {
    const { pid } = this.#init;
    const common = { schema: 1, pid, machine: this.#machine, step: this.#step } as const;
    const machines = this.#machines(now, grown);
    if (this.#failure) {
      const { trouble, reason } = this.#failure;
      return { ...common, machines, state: "failed", trouble, reason };
    }
    const waitsFor = this.#waitsFor ?? null;
    return { ...common, machines, state: "running", beat: this.#beat++, waitsFor };
  }

  #begin(machine: string | null, step: BuildStep, now: number): void {
    this.#waitsFor = undefined;
    this.#machine = machine;
    this.#step = step;
    this.#counted = undefined;
    // A machine downloads twice: for what all share, and for itself. What is done is not begun again.
    const next = this.#spent.length + (this.#stepBegan === undefined ? 0 : 1);
    const at = (this.#works ?? []).findIndex(
      (work, index) => index >= next && work.machine === machine && work.step === step,
    );
    if (at < 0) return;
    // Works that turned out to need nothing took no time.
    const took = this.#stepBegan === undefined ? 0 : now - this.#stepBegan;
    const before = this.#spent.length;
    while (this.#spent.length < at) this.#spent.push(this.#spent.length === before ? took : 0);
    this.#stepBegan = now;
  }

  #machines(now: number, grown: number): BuildFile["machines"] {
    const works = this.#works ?? [];
    const counted = this.#counted && {
      seconds: now - this.#counted.since,
      done: this.#counted.now.done + grown,
      before: this.#counted.now.before ?? 0,
    };
    const running = now - (this.#stepBegan ?? now);
    const course: Course = { works, spent: this.#spent, running, counted };
    return Object.fromEntries(
      this.#init.machines.map(({ id, title }, order) => {
        const ready = this.#ready.has(id);
        const last = works.findLastIndex((work) => this.#comesBefore(work, id, order));
        const left = ready ? 0 : this.#works ? secondsUntil(course, last) : null;
        const elapsed = now - this.#began;
        const fraction = left === null ? 0 : left === 0 ? 1 : elapsed / (elapsed + left);
        const told = Math.max(fraction, this.#fractions.get(id) ?? 0);
        this.#fractions.set(id, told);
        return [id, { title, ready, fraction: told, secondsLeft: left }] as const;
      }),
    );
  }

  /** Whether a machine is there only after that work: its own, and what is done before it. */
  #comesBefore({ machine, step }: Work, id: string, order: number): boolean {
    if (machine === null) return true;
    if (machine === id) return step !== "snapshot";
    return this.#init.machines.findIndex((each) => each.id === machine) < order;
  }
}
