import { Emulator, type EmulatorEvents, type MachineFiles } from "./emulator.ts";
import { engineError, errorData, MachineError } from "./errors.ts";
import { type GuestSource, readManifest, readVerified } from "./files.ts";
import type { GuestFile, GuestMachine } from "./manifest.ts";
import type {
  BootFigures,
  MachineEvent,
  MachineOptions,
  MachinePort,
  MachineStatus,
  Measurement,
} from "./protocol.ts";
import { SerialLog } from "./serial-log.ts";
import { ShellMarkParser } from "./shell-marks.ts";

/** How often the 32-bit instruction counter is read; it wraps after 4 billion, some 10 s at best. */
const COUNTER_INTERVAL_MS = 2000;
/** How a kernel gives up. The time stamp tells it from a text about panics on the same line. */
const PANIC = /\[ *\d+\.\d+\] Kernel panic - not syncing/;
/** A panic prints its last lines within this time. */
const PANIC_SETTLE_MS = 500;
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
  readonly #source: GuestSource;
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  readonly #options: MachineOptions;
  #wired = false;
  #status: MachineStatus = { state: "idle", poweredOff: false };
  #parts: { machine: GuestMachine; files: MachineFiles } | undefined;
  readonly #verified = new Map<string, Uint8Array<ArrayBuffer>>();
  #emulator: Emulator | undefined;
  #log = new SerialLog();
  #boot: BootFigures | undefined;
  #pauseWanted = false;
  #freshNext = false;
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
    this.#source = source;
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
      await this.#powerOn();
    });
  }

  reset(): void {
    this.#pauseWanted = false;
    this.#enqueue(() => this.#powerOn());
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

  destroy(): void {
    this.#destroyed = true;
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
    this.#freshNext = error.code === "integrity" || error.code === "manifest";
    await this.#powerOff();
    this.#setStatus({ state: "failed", error });
  }

  async #powerOn(): Promise<void> {
    await this.#powerOff();
    const { machine, files } = await this.#fetchParts();
    if (this.#destroyed) return;
    this.#log = new SerialLog();
    this.#boot = undefined;
    this.#opened.clear();
    this.#seconds = 0;
    this.#emulator = new Emulator(machine, files, this.#events(machine), this.#options.mac);
    if (this.#pauseWanted) this.#setStatus({ state: "paused", boot: undefined });
    else await this.#run();
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

  /** What the machine needs, from memory where an earlier attempt has verified it already. */
  async #fetchParts(): Promise<{ machine: GuestMachine; files: MachineFiles }> {
    if (this.#parts) return this.#parts;
    this.#setStatus({ state: "downloading", received: 0, total: 0 });
    const fresh = this.#freshNext;
    const manifest = await readManifest(this.#source, fresh);
    const machine = manifest.machines[this.id];
    if (!machine) {
      const known = Object.keys(manifest.machines).join(", ");
      throw new MachineError({ code: "unknown-machine", params: { id: this.id, known } });
    }
    const { bios, vgaBios } = machine.files;
    const wanted = [manifest.engine.wasm, ...Object.values(machine.files)].filter(
      (file) => file !== undefined,
    );
    const total = wanted.reduce((sum, file) => sum + file.size, 0);
    let received = 0;
    const count = (bytes: number) => {
      received += bytes;
      this.#setStatus({ state: "downloading", received, total });
    };
    const read = async (file: GuestFile) => {
      const known = this.#verified.get(file.sha256);
      if (known) count(file.size);
      const bytes = known ?? (await readVerified(this.#source, file, fresh, count));
      this.#verified.set(file.sha256, bytes);
      return bytes;
    };
    // All settle before any failure is told, so that a retry need not fetch what did arrive.
    const settled = await Promise.allSettled(wanted.map(read));
    const failed = settled.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    const bytesOf = (file: GuestFile) => this.#verified.get(file.sha256) as Uint8Array<ArrayBuffer>;
    const files: MachineFiles = {
      wasm: await WebAssembly.compile(bytesOf(manifest.engine.wasm)),
      bios: bytesOf(bios),
      ...(vgaBios && { vgaBios: bytesOf(vgaBios) }),
      boot:
        "floppy" in machine.files
          ? { floppy: bytesOf(machine.files.floppy) }
          : { kernel: bytesOf(machine.files.kernel), initrd: bytesOf(machine.files.initrd) },
    };
    this.#verified.clear();
    this.#freshNext = false;
    this.#parts = { machine, files };
    return this.#parts;
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
      if (prompted) this.#booted();
    };
    return {
      terminal: (terminal, data) => guard() && print(terminal, data),
      serial: (byte) => {
        if (!guard()) return;
        const line = this.#log.push(byte, (data) => {
          this.#emit({ type: "console", data });
          if (onSerial && guard()) print(0, data);
        });
        if (line && PANIC.test(line))
          setTimeout(() => guard() && this.#crash("panic"), PANIC_SETTLE_MS);
      },
      frame: (data) => {
        if (this.#wired && guard()) this.#emit({ type: "frame", data: data.slice() });
      },
      reset: () => guard() && this.reset(),
      halt: () => {
        if (!guard()) return;
        this.#enqueue(async () => {
          await this.#powerOff();
          this.#setStatus({ state: "idle", poweredOff: true });
        });
      },
    };
  }

  #booted(): void {
    this.#boot = this.#measureNow();
    const terminals = this.#parts?.machine.terminals;
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
