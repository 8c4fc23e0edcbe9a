import { AgentChannel } from "./agent.ts";
import { Emulator, type EmulatorEvents } from "./emulator.ts";
import { engineError, errorData } from "./errors.ts";
import type { GuestSource } from "./files.ts";
import type { GuestMachine, Snapshot } from "./manifest.ts";
import { answerOfNone } from "./nobody.ts";
import { type Beginning, type Parts, PartsStore } from "./parts.ts";
import type {
  Answer,
  Answers,
  BootFigures,
  MachineEvent,
  MachineOptions,
  MachinePort,
  MachineStatus,
  Measurement,
  Milestone,
  Query,
} from "./protocol.ts";
import { SerialLog } from "./serial-log.ts";
import { ShareContents } from "./share/contents.ts";
import { ShareServer, type ShareState } from "./share/server.ts";
import { ShellMarkParser } from "./shell-marks.ts";
import { freeze, type SavedState } from "./snapshot.ts";

/** How often the 32-bit instruction counter is read; it wraps after 4 billion, some 10 s at best. */
const COUNTER_INTERVAL_MS = 2000;
/** How a kernel gives up. The time stamp tells it from a text about panics on the same line. */
const PANIC = /\[ *\d+\.\d+\] Kernel panic - not syncing/;
/** What Linux says before it starts the first program: `run_init_process` in `init/main.c`. */
const INIT = /\[ *\d+\.\d+\] Run \S+ as init process/;
/** A panic prints its last lines within this time. */
const PANIC_SETTLE_MS = 500;
const NO_SHARE: ShareState = { maxMessage: 8192, fids: [] };
/** A terminal's size until somebody says otherwise, as of old. */
const DEFAULT_SIZE: [columns: number, rows: number] = [80, 24];
/** What init waits for on a terminal nobody has used: any byte, which it swallows. */
const WAKE = new Uint8Array([0]);

/**
 * One virtual machine: fetches and verifies its parts, boots, and tells what happens.
 * Needs no DOM; runs in a worker and under Node alike.
 */
export class Machine implements MachinePort {
  readonly id: string;
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  readonly #options: MachineOptions;
  #wired = false;
  #status: MachineStatus = { state: "idle", poweredOff: false };
  readonly #parts: PartsStore;
  readonly #contents: ShareContents;
  #machine: GuestMachine | undefined;
  #share: ShareServer | undefined;
  #emulator: Emulator | undefined;
  #log = new SerialLog();
  #boot: BootFigures | undefined;
  #milestones: Milestone[] = [];
  #watchMs = 0;
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  #pauseWanted = false;
  #destroyed = false;
  #runningSince: number | undefined;
  #seconds = 0;
  #opened = new Set<number>();
  #sizes = new Map<number, [columns: number, rows: number]>();
  #counterTimer: ReturnType<typeof setInterval> | undefined;
  /** Operations run one after another, in the order they were asked for. */
  #last: Promise<void> = Promise.resolve();

  constructor(id: string, source: GuestSource, options: MachineOptions = {}) {
    this.id = id;
    this.#options = options;
    this.#parts = new PartsStore(id, source);
    this.#contents = new ShareContents(source, (thrown) =>
      this.#emit({ type: "notice", notice: errorData(thrown) }),
    );
  }

  get status(): MachineStatus {
    return this.#status;
  }

  subscribe(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#enqueue(async () => {
      const { state } = this.#status;
      if (state !== "idle" && state !== "failed" && state !== "crashed") return;
      const { cold, mac } = this.#options;
      // A snapshot's machine has no network card.
      await this.#powerOn(cold || mac !== undefined ? "power-on" : "snapshot");
    });
  }

  reset(): void {
    this.#pauseWanted = false;
    this.#enqueue(() => this.#powerOn("power-on"));
  }

  restore(): void {
    this.#pauseWanted = false;
    this.#enqueue(() => this.#powerOn("snapshot"));
  }

  pause(): void {
    this.#pauseWanted = true;
    this.#enqueue(async () => {
      const { state } = this.#status;
      if (!this.#pauseWanted || (state !== "ready" && state !== "booting")) return;
      await this.#halt();
      this.#setStatus({ state: "paused", boot: this.#boot });
    });
  }

  resume(): void {
    this.#pauseWanted = false;
    this.#enqueue(async () => {
      if (this.#status.state === "paused") await this.#run();
    });
  }

  input(terminal: number, data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#emulator?.input(terminal, bytes);
  }

  open(terminal: number): void {
    if (terminal === 0 || this.#opened.has(terminal) || !this.#emulator) return;
    this.#opened.add(terminal);
    this.#emulator.input(terminal, WAKE);
  }

  resize(terminal: number, columns: number, rows: number): void {
    this.#sizes.set(terminal, [columns, rows]);
    if (this.#boot) this.#emulator?.resize(terminal, columns, rows);
  }

  wire(attached: boolean): void {
    this.#wired = attached;
  }

  frame(data: Uint8Array): void {
    this.#emulator?.frame(data);
  }

  async measure(): Promise<Measurement> {
    return this.#measureNow();
  }

  async query<Q extends Query>(query: Q): Promise<Answer<Q>> {
    const emulator = this.#emulator;
    if (!emulator) return answerOfNone(query);
    return this.#answer(emulator, query) as Answer<Q>;
  }

  watch(everyMs: number): void {
    this.#watchMs = everyMs;
    if (this.#emulator) this.#emulator.probe.watching = everyMs > 0;
    clearInterval(this.#watchTimer);
    if (everyMs > 0) this.#watchTimer = setInterval(() => this.#read(), everyMs);
  }

  /** The engine threw where nobody could catch it: nothing it says can be trusted any more. */
  engineFailed(reason: string): void {
    const emulator = this.#emulator;
    if (!emulator) return;
    this.#emulator = undefined;
    emulator.fail(engineError(reason));
    // A boot that never began fails by that; what was running has crashed.
    if (this.#runningSince === undefined) return;
    clearInterval(this.#counterTimer);
    this.#runningSince = undefined;
    const lastLines = this.#log.lastLines();
    this.#setStatus({ state: "crashed", cause: "engine", lastLines });
  }

  /**
   * Frees the machine's unused memory and freezes it at its prompt, paused. Only a machine that is
   * ready, has no network card and on which nothing was run can be restored everywhere.
   * @throws SnapshotError when it does not get ready to be frozen, with what the guest said
   */
  async save(): Promise<SavedState> {
    const emulator = this.#emulator;
    if (!emulator || this.#status.state !== "ready")
      throw new Error(`a machine that is ${this.#status.state} cannot be saved`);
    await freeze(this, {
      run: () => this.#start(),
      stop: () => this.#halt(),
      unrest: () => emulator.unrest,
      instructions: () => emulator.instructions(),
      lastLines: () => this.#log.lastLines(),
    });
    this.#setStatus({ state: "paused", boot: this.#boot });
    const { instructions } = this.#measureNow();
    const share = this.#share?.state ?? NO_SHARE;
    return { state: await emulator.save(), share, instructions };
  }

  destroy(): void {
    this.#destroyed = true;
    clearInterval(this.#watchTimer);
    this.#listeners.clear();
    this.#last = this.#last.then(() => this.#powerOff());
  }

  #measureNow(): Measurement {
    const running = this.#runningSince === undefined ? 0 : performance.now() - this.#runningSince;
    return {
      instructions: this.#emulator?.instructions() ?? 0,
      seconds: this.#seconds + running / 1000,
    };
  }

  #figures(from: Beginning): BootFigures {
    return { from, ...this.#measureNow(), milestones: this.#milestones };
  }

  #answer(emulator: Emulator, query: Query): Answers[Query["of"]] {
    switch (query.of) {
      case "measure":
        return this.#measureNow();
      case "memory":
        return { size: emulator.memoryBytes, touched: emulator.touchedBytes() };
      case "translations":
        return emulator.probe.pages;
      case "translation": {
        const module = emulator.probe.module(query.address);
        return module && { guest: emulator.pageAt(query.address), module };
      }
    }
  }

  #read(): void {
    const emulator = this.#emulator;
    if (!emulator || this.#status.state === "paused") return;
    const traps = emulator.traps();
    const { time: cpu, translations } = emulator.probe;
    const milestones = this.#milestones;
    const reading = { ...this.#measureNow(), cpu, traps, translations, milestones };
    this.#emit({ type: "reading", reading });
  }

  #reach(id: Milestone["id"], at: Measurement = this.#measureNow()): void {
    if (this.#boot || this.#milestones.some((known) => known.id === id)) return;
    this.#milestones = [...this.#milestones, { id, ...at }];
  }

  #enqueue(operation: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#destroyed) return;
      try {
        await operation();
      } catch (thrown) {
        await this.#fail(thrown);
      }
    });
  }

  async #fail(thrown: unknown): Promise<void> {
    const error = errorData(thrown);
    await this.#powerOff();
    this.#setStatus({ state: "failed", error });
  }

  async #powerOn(beginning: Beginning): Promise<void> {
    await this.#powerOff();
    const parts = await this.#parts.load(beginning, (received, total) =>
      this.#setStatus({ state: "downloading", received, total }),
    );
    if (this.#destroyed) return;
    const { machine, snapshot, refused } = parts;
    this.#log = new SerialLog();
    this.#boot = undefined;
    this.#milestones = [];
    this.#opened.clear();
    this.#seconds = 0;
    this.#machine = machine;
    const began = performance.now();
    if (snapshot) this.#setStatus({ state: "booting" });
    this.#emulator = this.#assemble(parts);
    this.#emulator.probe.watching = this.#watchMs > 0;
    if (snapshot) await this.#wake(snapshot, began);
    else if (this.#pauseWanted) this.#setStatus({ state: "paused", boot: undefined });
    else await this.#run();
    if (refused) this.#emit({ type: "notice", notice: refused });
  }

  #assemble({ machine, wasm, origin, share, snapshot }: Parts): Emulator {
    const { mac, probes } = this.#options;
    const server = share && new ShareServer(share, (file) => this.#contents.read(file));
    if (server && snapshot) server.state = snapshot.share;
    this.#share = server;
    const answer = server && ((request: Uint8Array) => server.answer(request));
    const devices = { mac, share: answer, probes };
    return new Emulator(wasm, machine, origin, this.#events(machine), devices);
  }

  /** Runs a restored machine, and lets it know that time has passed. */
  async #wake(snapshot: Snapshot, began: number): Promise<void> {
    await this.#start();
    const agent = new AgentChannel({
      status: { state: "ready", boot: this.#figures("snapshot") },
      subscribe: (listener) => this.subscribe(listener),
      input: (terminal, data) => this.input(terminal, data),
    });
    try {
      await agent.resume(Date.now());
    } finally {
      agent.dispose();
    }
    this.#emit({ type: "output", terminal: 0, data: new TextEncoder().encode(snapshot.terminal) });
    this.#booted("snapshot", (performance.now() - began) / 1000);
    if (!this.#pauseWanted) return;
    await this.#halt();
    this.#setStatus({ state: "paused", boot: this.#boot });
  }

  async #powerOff(): Promise<void> {
    await this.#halt();
    const emulator = this.#emulator;
    this.#emulator = undefined;
    await emulator?.destroy();
  }

  async #run(): Promise<void> {
    if (this.#boot) this.#setStatus({ state: "ready", boot: this.#boot });
    else this.#setStatus({ state: "booting" });
    await this.#start();
  }

  async #start(): Promise<void> {
    await this.#emulator?.run();
    this.#runningSince = performance.now();
    this.#counterTimer = setInterval(() => this.#emulator?.instructions(), COUNTER_INTERVAL_MS);
  }

  async #halt(): Promise<void> {
    clearInterval(this.#counterTimer);
    await this.#emulator?.stop();
    if (this.#runningSince !== undefined)
      this.#seconds += (performance.now() - this.#runningSince) / 1000;
    this.#runningSince = undefined;
  }

  #events({ terminals }: GuestMachine): EmulatorEvents {
    const onSerial = terminals.on === "serial";
    const marks = new ShellMarkParser();
    const current = () => this.#emulator;
    let mine: Emulator | undefined;
    /** Late events of an emulator that was replaced are nobody's business. */
    const guard = () => {
      mine ??= current();
      return mine !== undefined && mine === current() && !this.#destroyed;
    };
    const print = (terminal: number, data: Uint8Array) => {
      this.#emit({ type: "output", terminal, data });
      if (terminal !== 0 || this.#boot) return;
      const prompted = marks.push(data).some((piece) => "mark" in piece && piece.mark === "B");
      if (prompted) this.#booted("power-on");
    };
    return {
      terminal: (terminal, data) => guard() && print(terminal, data),
      serial: (byte) => {
        if (!guard()) return;
        this.#reach("output");
        const line = this.#log.push(byte, (data) => {
          this.#emit({ type: "console", data });
          if (onSerial && guard()) print(0, data);
        });
        if (line && INIT.test(line)) this.#reach("init");
        if (line && PANIC.test(line))
          setTimeout(() => guard() && this.#crash("panic"), PANIC_SETTLE_MS);
      },
      frame: (data) => {
        if (this.#wired && guard()) this.#emit({ type: "frame", data: data.slice() });
      },
      reset: () => guard() && this.reset(),
      milestone: (milestone) => guard() && this.#reach(milestone),
      halt: () => {
        if (!guard()) return;
        this.#enqueue(async () => {
          await this.#powerOff();
          this.#setStatus({ state: "idle", poweredOff: true });
        });
      },
    };
  }

  #booted(from: Beginning, seconds = this.#measureNow().seconds): void {
    const { instructions } = this.#measureNow();
    this.#reach("prompt", { instructions, seconds });
    this.#boot = { from, instructions, seconds, milestones: this.#milestones };
    const terminals = this.#machine?.terminals;
    const count = terminals?.on === "virtio" ? terminals.count : 0;
    for (let terminal = 0; terminal < count; terminal++)
      this.#emulator?.resize(terminal, ...(this.#sizes.get(terminal) ?? DEFAULT_SIZE));
    this.#setStatus({ state: "ready", boot: this.#boot });
  }

  #crash(cause: "panic"): void {
    this.#enqueue(async () => {
      await this.#powerOff();
      this.#setStatus({ state: "crashed", cause, lastLines: this.#log.lastLines() });
    });
  }

  #setStatus(status: MachineStatus): void {
    this.#status = status;
    this.#emit({ type: "status", status });
  }

  #emit(event: MachineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
