import { engineError, errorData, MachineError, type MachineErrorData } from "./errors.ts";
import type { GuestSource } from "./files.ts";
import { forbidden } from "./forbidden.ts";
import { answerOfNone } from "./nobody.ts";
import { type Beginning, PartsStore } from "./parts.ts";
import { PowerOn, type PowerOnTells, type Size } from "./power-on.ts";
import type {
  Answer,
  BuildProgress,
  MachineEvent,
  MachineOptions,
  MachinePort,
  MachineStatus,
  Measurement,
  Query,
} from "./protocol.ts";
import { ShareContents } from "./share/contents.ts";
import { freeze, type SavedState, type SaveOptions } from "./snapshot.ts";
import { Terminals } from "./terminals.ts";

/**
 * One virtual machine: fetches and verifies its parts, switches them on and off, and tells what
 * happens. All that belongs to one system is in its {@link PowerOn}. Needs no DOM; runs in a worker
 * and under Node alike.
 */
export class Machine implements MachinePort {
  readonly id: string;
  readonly terminals: Terminals;
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  readonly #options: MachineOptions;
  readonly #parts: PartsStore;
  readonly #contents: ShareContents;
  readonly #sizes = new Map<number, Size>();
  #status: MachineStatus = { state: "idle", poweredOff: false };
  #on: PowerOn | undefined;
  /** Ends the download of the power-on that is being prepared. */
  #loading = new AbortController();
  #pauseWanted = false;
  #destroyed = false;
  #wired = false;
  #watchMs = 0;
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  /** Counts what switches it on or off: whatever has been overtaken by a later one is not done. */
  #switched = 0;
  /** Operations run one after another, in the order they were asked for. */
  #last: Promise<void> = Promise.resolve();

  constructor(id: string, source: GuestSource, options: MachineOptions = {}) {
    this.id = id;
    this.#options = options;
    this.#parts = new PartsStore(id, source);
    this.#contents = new ShareContents(source, (thrown) =>
      this.#emit({ type: "notice", notice: errorData(thrown) }),
    );
    this.terminals = new Terminals(this);
  }

  get status(): MachineStatus {
    return this.#status;
  }

  subscribe(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    const order = this.#switched;
    this.#enqueue(async () => {
      const { state } = this.#status;
      if (order !== this.#switched) return;
      if (state !== "idle" && state !== "failed" && state !== "crashed") return;
      await this.#powerOn(this.#options.cold ? "power-on" : "snapshot");
    });
  }

  reset(): void {
    this.#overtake(() => this.#powerOn("power-on"));
  }

  restore(): void {
    this.#overtake(() => this.#powerOn("snapshot"));
  }

  off(): void {
    this.#overtake(() => this.#switchOff(false));
  }

  pause(): void {
    this.#pauseWanted = true;
    this.#enqueue(async () => {
      const on = this.#on;
      if (!this.#pauseWanted || !on?.running) return;
      await on.stop();
      this.#setStatus({ state: "paused", boot: on.boot });
    });
  }

  resume(): void {
    this.#pauseWanted = false;
    this.#enqueue(async () => {
      if (this.#status.state === "paused" && this.#on) await this.#run(this.#on);
    });
  }

  input(terminal: number, data: string | Uint8Array): void {
    this.terminals.of(terminal).typed(data);
    this.#on?.input(terminal, data);
  }

  open(terminal: number): void {
    this.#on?.open(terminal);
  }

  resize(terminal: number, columns: number, rows: number): void {
    this.#sizes.set(terminal, [columns, rows]);
    this.#on?.resize(terminal, columns, rows);
  }

  wire(attached: boolean): void {
    this.#wired = attached;
  }

  frame(data: Uint8Array): void {
    this.#on?.frame(data);
  }

  measure(): Promise<Measurement> {
    return this.query({ of: "measure" });
  }

  async query<Q extends Query>(query: Q): Promise<Answer<Q>> {
    // The engine has no memory to look into before it is loaded.
    return this.#on?.begun ? (this.#on.answer(query) as Answer<Q>) : answerOfNone(query);
  }

  watch(everyMs: number): void {
    this.#watchMs = everyMs;
    this.#on?.watch(everyMs > 0);
    clearInterval(this.#watchTimer);
    if (everyMs > 0) this.#watchTimer = setInterval(() => this.#read(), everyMs);
  }

  /**
   * The engine threw where nobody could catch it, or stands still: nothing it says can be trusted any
   * more, whatever state the machine is in.
   * @param cause  what the reader is told, if more is known than that it broke
   */
  engineFailed(reason: string, cause?: MachineErrorData): void {
    const on = this.#on;
    if (!on) return;
    if (!on.begun) {
      // Whoever waits for it to load is told, and tells.
      on.fail(cause ? new MachineError(cause) : engineError(reason));
      return;
    }
    this.#on = undefined;
    const lastLines = on.lastLines();
    void on.end();
    if (cause) this.#setStatus({ state: "failed", error: cause });
    else this.#setStatus({ state: "crashed", cause: "engine", lastLines });
  }

  /**
   * Frees the machine's unused memory and freezes it at its prompt, paused. Only a machine that is
   * ready and on which nothing was run can be restored everywhere.
   * @throws SnapshotError when it does not get ready to be frozen, with what the guest said
   */
  async save(options: SaveOptions = {}): Promise<SavedState> {
    const on = this.#on;
    if (!on || this.#status.state !== "ready")
      throw new Error(`a machine that is ${this.#status.state} cannot be saved`);
    const freezing = {
      run: () => on.start(),
      stop: () => on.stop(),
      unrest: () => on.unrest,
      instructions: () => on.measure().instructions,
      lastLines: () => on.lastLines(),
    };
    await freeze(this, freezing, options);
    this.#setStatus({ state: "paused", boot: on.boot });
    return on.save();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#loading.abort();
    clearInterval(this.#watchTimer);
    this.#last = this.#last.then(() => this.#drop());
    // Whoever still waits for it is told that it has gone.
    this.#setStatus({ state: "idle", poweredOff: false });
    this.#listeners.clear();
  }

  #read(): void {
    if (!this.#on || this.#status.state === "paused") return;
    this.#emit({ type: "reading", reading: this.#on.reading() });
  }

  /** Takes the place of whatever there is, and of what is still to come or to be downloaded. */
  #overtake(operation: () => Promise<void>): void {
    const order = ++this.#switched;
    this.#pauseWanted = false;
    this.#loading.abort();
    this.#enqueue(async () => {
      if (order === this.#switched) await operation();
    });
  }

  /** @param meant  the power-on that the operation is for: once that is gone, there is nothing to do */
  #enqueue(operation: () => Promise<void>, meant?: PowerOn): void {
    this.#last = this.#last.then(async () => {
      if (this.#destroyed || (meant && meant !== this.#on)) return;
      try {
        await operation();
      } catch (thrown) {
        await this.#drop();
        if (!this.#destroyed) this.#setStatus({ state: "failed", error: errorData(thrown) });
      }
    });
  }

  async #powerOn(beginning: Beginning): Promise<void> {
    await this.#drop();
    const loading = new AbortController();
    this.#loading = loading;
    const { signal } = loading;
    const downloading = (received: number, total: number) => {
      if (!signal.aborted) this.#setStatus({ state: "downloading", received, total });
    };
    const building = (build: BuildProgress) => {
      if (!signal.aborted) this.#setStatus({ state: "building", build });
    };
    const starter = { downloading, building, signal };
    const parts = await this.#parts.load(beginning, starter).catch((thrown) => {
      // Somebody switched it off, or on anew: that comes next in the queue.
      if (signal.aborted) return undefined;
      throw thrown;
    });
    if (!parts || signal.aborted || this.#destroyed) return;
    const around = { options: this.#options, contents: this.#contents, sizes: this.#sizes };
    this.#emit({ type: "power-on" });
    if (parts.snapshot) this.#setStatus({ state: "booting" });
    const on: PowerOn = new PowerOn(
      parts,
      around,
      this.#tells(() => on),
    );
    this.#on = on;
    on.watch(this.#watchMs > 0);
    if (parts.snapshot) {
      await on.wake(parts.snapshot).catch((thrown) => {
        // What became of a power-on that is no longer the machine's has been told.
        if (this.#on === on) throw thrown;
      });
      if (this.#pauseWanted && this.#on === on) {
        await on.stop();
        this.#setStatus({ state: "paused", boot: on.boot });
      }
    } else if (this.#pauseWanted) this.#setStatus({ state: "paused", boot: undefined });
    else await this.#run(on);
    if (parts.refused) this.#emit({ type: "notice", notice: parts.refused });
  }

  /** What one power-on tells, as long as it is the machine's. */
  #tells(on: () => PowerOn): PowerOnTells {
    const whileOn = (act: () => void) => () => {
      if (this.#on === on() && !this.#destroyed) act();
    };
    return {
      event: (event) => {
        if (event.type !== "frame" || this.#wired) this.#emit(event);
      },
      booted: whileOn(() => {
        const { boot } = on();
        if (boot) this.#setStatus({ state: "ready", boot });
      }),
      reset: whileOn(() => this.#enqueue(() => this.#powerOn("power-on"), on())),
      halted: whileOn(() => this.#enqueue(() => this.#switchOff(true), on())),
      panicked: whileOn(() =>
        this.#enqueue(async () => {
          const lastLines = on().lastLines();
          await this.#drop();
          this.#setStatus({ state: "crashed", cause: "panic", lastLines });
        }, on()),
      ),
      still: whileOn(() => this.engineFailed("nothing is executed", forbidden())),
    };
  }

  async #run(on: PowerOn): Promise<void> {
    if (on.boot) this.#setStatus({ state: "ready", boot: on.boot });
    else this.#setStatus({ state: "booting" });
    await on.start();
  }

  async #switchOff(poweredOff: boolean): Promise<void> {
    await this.#drop();
    this.#setStatus({ state: "idle", poweredOff });
  }

  async #drop(): Promise<void> {
    const on = this.#on;
    this.#on = undefined;
    await on?.end();
  }

  #setStatus(status: MachineStatus): void {
    this.#status = status;
    this.#emit({ type: "status", status });
  }

  #emit(event: MachineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
