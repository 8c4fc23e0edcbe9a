import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { BUILD_FILE, type BuildStep, type BuildTrouble } from "../../src/machine/build-progress.ts";
import type { Work } from "./estimate.ts";
import { type Counted, followCounts } from "./progress.ts";
import type { ReportInit, ReportMessage, Told } from "./report-messages.ts";
import { keepTime } from "./times.ts";

/** Longest reason that `building.json` holds; the end says more than the beginning. */
const REASON_LENGTH = 1500;

export interface ReportPlace {
  /** The folder with the manifest. */
  output: string;
  cache: string;
  /** In the order in which they are built. */
  machines: Told[];
  /** The process without which nobody wants the build any more. */
  parent?: number | undefined;
}

/** Tells the pages, by `building.json`, how far the build is; and keeps how long each step took. */
export class BuildReport {
  readonly #thread: Worker;
  readonly #cache: string;
  /** What is still to be begun. */
  #works: Work[] = [];
  /** The work that is being done, if the present step is one that was planned. */
  #doing: { work: Work; began: number } | undefined;
  #counted: Counted = { done: 0 };

  private constructor(thread: Worker, cache: string) {
    this.#thread = thread;
    this.#cache = cache;
    followCounts((counted) => {
      this.#counted = counted;
      this.#tell({ type: "count", counted });
    });
  }

  /** Begins: the file is there when this settles. */
  static async begin({ output, cache, machines, parent }: ReportPlace): Promise<BuildReport> {
    const path = join(output, BUILD_FILE);
    const init: ReportInit = { path, pid: process.pid, machines, parent };
    const thread = new Worker(new URL("./report-thread.ts", import.meta.url), { workerData: init });
    await once(thread, "message");
    return new BuildReport(thread, cache);
  }

  waits(pid: number): void {
    this.#tell({ type: "waits", pid });
  }

  /** What there is to do, and the machines that are there already. */
  plan(works: Work[], ready: string[]): void {
    this.#works = [...works];
    this.#tell({ type: "works", works, ready });
  }

  step(step: BuildStep, machine: string | null = null): void {
    this.#endStep();
    this.#counted = { done: 0 };
    const at = this.#works.findIndex((work) => work.machine === machine && work.step === step);
    // Begun once: the same step again finds everything there, and says nothing of how long it takes.
    const [work] = at < 0 ? [] : this.#works.splice(at, 1);
    this.#doing = work && { work, began: performance.now() };
    this.#tell({ type: "step", machine, step });
  }

  ready(machine: string): void {
    this.#tell({ type: "ready", machine });
  }

  /** Leaves the file behind, which then says why there is no machine. */
  async failed(trouble: BuildTrouble, reason: string): Promise<void> {
    await this.#last({ type: "failed", trouble, reason: reason.slice(-REASON_LENGTH) });
  }

  /** Takes the file away. */
  async done(): Promise<void> {
    this.#endStep();
    await this.#last({ type: "done" });
  }

  /** Says nothing more, and leaves the file to others; nothing if it has ended. */
  async withdraw(): Promise<void> {
    followCounts(undefined);
    await this.#thread.terminate();
  }

  /** Keeps the time of a work that was done in one go. */
  #endStep(): void {
    if (!this.#doing) return;
    const { work, began } = this.#doing;
    this.#doing = undefined;
    const { done, before = 0 } = this.#counted;
    if (before > 0) return;
    const seconds = (performance.now() - began) / 1000;
    keepTime(this.#cache, work, seconds, work.counts ? done : work.amount);
  }

  async #last(message: ReportMessage): Promise<void> {
    followCounts(undefined);
    const ended = once(this.#thread, "exit");
    this.#tell(message);
    await ended;
  }

  #tell(message: ReportMessage): void {
    this.#thread.postMessage(message);
  }
}
