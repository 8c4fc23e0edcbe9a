import { AgentChannel } from "./agent.ts";
import { Emulator, type EmulatorEvents } from "./emulator.ts";
import { MachineError } from "./errors.ts";
import type { Snapshot } from "./manifest.ts";
import type { Beginning, Parts } from "./parts.ts";
import type {
  Answers,
  BootFigures,
  MachineEvent,
  MachineOptions,
  Measurement,
  Milestone,
  Query,
  Reading,
} from "./protocol.ts";
import { SerialLog } from "./serial-log.ts";
import type { ShareContents } from "./share/contents.ts";
import { ShareServer, type ShareState } from "./share/server.ts";
import { ShellMarkParser } from "./shell-marks.ts";
import type { SavedState, Unrest } from "./snapshot.ts";

/** How often the 32-bit instruction counter is read; it wraps after 4 billion, some 10 s at best. */
const COUNTER_INTERVAL_MS = 2000;
/**
 * A boot during which the engine executes nothing for so many readings of that counter stands still:
 * booting guests have nothing to wait for that takes seconds.
 */
const STILL_READINGS = 8;
/** How a kernel gives up. The time stamp tells it from a text about panics on the same line. */
const PANIC = /\[ *\d+\.\d+\] Kernel panic - not syncing/;
/** What Linux says before it starts the first program: `run_init_process` in `init/main.c`. */
const INIT = /\[ *\d+\.\d+\] Run \S+ as init process/;
/** A panic prints its last lines within this time. */
const PANIC_SETTLE_MS = 500;
const NO_SHARE: ShareState = { maxMessage: 8192, fids: [] };
/** A terminal's size until somebody says otherwise, as of old. */
const DEFAULT_SIZE: Size = [80, 24];
/** What init waits for on a terminal nobody has used: any byte, which it swallows. */
const WAKE = new Uint8Array([0]);

export type Size = [columns: number, rows: number];

/** What a machine is told by one of its power-ons, until that has ended. */
export interface PowerOnTells {
  event(event: MachineEvent): void;
  /** The first prompt of a boot has been shown. */
  booted(): void;
  /** The guest asked for a reset. */
  reset(): void;
  /** The guest switched itself off. */
  halted(): void;
  /** The kernel gave up, and has said its last lines. */
  panicked(): void;
  /** A boot in which nothing is executed any more. */
  still(): void;
}

/** What stays when a machine is switched off and on. */
export interface Surroundings {
  options: MachineOptions;
  contents: ShareContents;
  /** The terminals' sizes that somebody has asked for. */
  sizes: ReadonlyMap<number, Size>;
}

/**
 * One system from power-on, or from its snapshot, to its end: the emulator and all that belongs to
 * it. It is dropped whole, and tells nothing after {@link end}.
 */
export class PowerOn {
  readonly beginning: Beginning;
  /** What it took to get to the first prompt; undefined until then. */
  boot: BootFigures | undefined;
  readonly #parts: Parts;
  readonly #around: Surroundings;
  readonly #tell: PowerOnTells;
  readonly #emulator: Emulator;
  readonly #share: ShareServer | undefined;
  readonly #log = new SerialLog();
  readonly #opened = new Set<number>();
  readonly #began = performance.now();
  #milestones: Milestone[] = [];
  #runningSince: number | undefined;
  #seconds = 0;
  #counter: ReturnType<typeof setInterval> | undefined;
  #ended = false;

  constructor(parts: Parts, around: Surroundings, tell: PowerOnTells) {
    this.beginning = parts.snapshot ? "snapshot" : "power-on";
    this.#parts = parts;
    this.#around = around;
    this.#tell = tell;
    const { machine, wasm, origin, share, snapshot } = parts;
    const { contents } = around;
    this.#share = share && new ShareServer(share, (...range) => contents.read(...range));
    if (this.#share && snapshot) this.#share.state = snapshot.share;
    const server = this.#share;
    const answer = server && ((request: Uint8Array) => server.answer(request));
    const { probes, clock } = around.options;
    this.#emulator = new Emulator(wasm, machine, origin, this.#events(), {
      share: answer,
      probes,
      clock,
    });
  }

  /** Whether it has executed anything, so that its engine has been loaded. */
  begun = false;

  /** Whether it is executing, rather than standing still. */
  get running(): boolean {
    return this.#runningSince !== undefined;
  }

  async start(): Promise<void> {
    await this.#emulator.run();
    if (this.#ended || this.running) return;
    this.begun = true;
    this.#runningSince = performance.now();
    this.#watchCounter();
  }

  async stop(): Promise<void> {
    clearInterval(this.#counter);
    await this.#emulator.stop();
    if (this.#runningSince !== undefined)
      this.#seconds += (performance.now() - this.#runningSince) / 1000;
    this.#runningSince = undefined;
  }

  /**
   * Runs a restored machine, and lets it know that time has passed.
   * @throws MachineError `restore` when it does not answer
   */
  async wake(snapshot: Snapshot): Promise<void> {
    await this.start();
    const listeners = new Set<(event: MachineEvent) => void>();
    this.#toAgent = (event) => {
      for (const listener of listeners) listener(event);
    };
    const agent = new AgentChannel({
      status: { state: "ready", boot: this.#figures() },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      input: (terminal, data) => this.input(terminal, data),
    });
    try {
      await agent.resume(Date.now());
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new MachineError({ code: "restore", params: { reason } });
    } finally {
      agent.dispose();
      this.#toAgent = () => {};
    }
    if (this.#ended) return;
    this.#tellOutput(0, new TextEncoder().encode(snapshot.terminal));
    this.#prompted((performance.now() - this.#began) / 1000);
  }

  /** Ends it for good, and frees its memory. Nothing is told any more from this moment on. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#toAgent({ type: "status", status: { state: "idle", poweredOff: false } });
    this.#around.contents.abandon();
    await this.stop();
    await this.#emulator.destroy();
  }

  /** The engine broke: whoever waits for it to load gets `reason`. */
  fail(reason: Error): void {
    this.#emulator.fail(reason);
  }

  /** What keeps it from rest, if anything does. */
  get unrest(): Unrest {
    return this.#emulator.unrest;
  }

  /** The whole machine as bytes; it must stand still. */
  async save(): Promise<SavedState> {
    const { instructions } = this.measure();
    return {
      state: await this.#emulator.save(),
      share: this.#share?.state ?? NO_SHARE,
      instructions,
    };
  }

  /** The end of the kernel's console, oldest first. */
  lastLines(): string[] {
    return this.#log.lastLines();
  }

  input(terminal: number, data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#emulator.input(terminal, bytes);
  }

  /** Wakes the shell of a terminal that nobody has used. */
  open(terminal: number): void {
    if (terminal === 0 || this.#opened.has(terminal)) return;
    this.#opened.add(terminal);
    this.#emulator.input(terminal, WAKE);
  }

  resize(terminal: number, columns: number, rows: number): void {
    if (this.boot) this.#emulator.resize(terminal, columns, rows);
  }

  frame(data: Uint8Array): void {
    this.#emulator.frame(data);
  }

  watch(watching: boolean): void {
    this.#emulator.probe.watching = watching;
  }

  measure(): Measurement {
    const running = this.#runningSince === undefined ? 0 : performance.now() - this.#runningSince;
    return {
      instructions: this.#emulator.instructions(),
      seconds: this.#seconds + running / 1000,
    };
  }

  reading(): Reading {
    const { time: cpu, translations } = this.#emulator.probe;
    const traps = this.#emulator.traps();
    return { ...this.measure(), cpu, traps, translations, milestones: this.#milestones };
  }

  answer(query: Query): Answers[Query["of"]] {
    const { probe, memoryBytes } = this.#emulator;
    switch (query.of) {
      case "measure":
        return this.measure();
      case "memory":
        return { size: memoryBytes, touched: this.#emulator.touchedBytes() };
      case "translations":
        return probe.pages;
      case "translation": {
        const module = probe.module(query.address);
        return module && { guest: this.#emulator.pageAt(query.address), module };
      }
    }
  }

  /** Hears what the guest's agent says while a restored machine is woken: nobody else is told yet. */
  #toAgent: (event: MachineEvent) => void = () => {};

  #figures(): BootFigures {
    return { from: this.beginning, ...this.measure(), milestones: this.#milestones };
  }

  #watchCounter(): void {
    let last = -1;
    let still = 0;
    this.#counter = setInterval(() => {
      const now = this.#emulator.instructions();
      still = now === last && !this.boot ? still + 1 : 0;
      last = now;
      if (still === STILL_READINGS) this.#tell.still();
    }, COUNTER_INTERVAL_MS);
  }

  #reach(id: Milestone["id"], at: Measurement = this.measure()): void {
    if (this.boot || this.#milestones.some((known) => known.id === id)) return;
    this.#milestones = [...this.#milestones, { id, ...at }];
  }

  #tellOutput(terminal: number, data: Uint8Array): void {
    const event: MachineEvent = { type: "output", terminal, data };
    this.#toAgent(event);
    this.#tell.event(event);
  }

  #events(): EmulatorEvents {
    const onSerial = this.#parts.machine.terminals.on === "serial";
    const marks = new ShellMarkParser();
    const print = (terminal: number, data: Uint8Array) => {
      this.#tellOutput(terminal, data);
      if (terminal !== 0 || this.boot) return;
      if (marks.push(data).some((piece) => "mark" in piece && piece.mark === "B")) this.#prompted();
    };
    /** v86 may still call when it has been destroyed. */
    const alive =
      <A extends unknown[]>(hear: (...args: A) => void) =>
      (...args: A) => {
        if (!this.#ended) hear(...args);
      };
    return {
      terminal: alive(print),
      serial: alive((byte) => {
        this.#reach("output");
        const line = this.#log.push(
          byte,
          alive((data) => {
            if (onSerial) print(0, data);
            else this.#tell.event({ type: "console", data });
          }),
        );
        if (line && INIT.test(line)) this.#reach("init");
        if (line && PANIC.test(line)) setTimeout(alive(this.#tell.panicked), PANIC_SETTLE_MS);
      }),
      frame: alive((data) => this.#tell.event({ type: "frame", data: data.slice() })),
      reset: alive(() => this.#tell.reset()),
      milestone: alive((milestone) => this.#reach(milestone)),
      halt: alive(() => this.#tell.halted()),
    };
  }

  #prompted(seconds = this.measure().seconds): void {
    const { instructions } = this.measure();
    this.#reach("prompt", { instructions, seconds });
    this.boot = { from: this.beginning, instructions, seconds, milestones: this.#milestones };
    const { terminals } = this.#parts.machine;
    const count = terminals.on === "virtio" ? terminals.count : 0;
    for (let terminal = 0; terminal < count; terminal++)
      this.#emulator.resize(terminal, ...(this.#around.sizes.get(terminal) ?? DEFAULT_SIZE));
    this.#tell.booted();
  }
}
