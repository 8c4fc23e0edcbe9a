import type { BuildProgress } from "./build-progress.ts";
import type { MachineErrorData } from "./errors.ts";
import type { CpuMilestone, CpuTime, DeviceTraps, TranslatedPage } from "./probe.ts";
import type { Terminals } from "./terminals.ts";

export type { BuildProgress, CpuTime, DeviceTraps, TranslatedPage };

/** Terminal 0 is where the kernel's console is shown, as on a PC. */
export const CONSOLE_TERMINAL = 0;

/** Where a machine is in its life, with what a reader should be told at that moment. */
export type MachineStatus =
  | { state: "idle"; poweredOff: boolean }
  /** Asked to start, and still being built on the author's computer: it goes on when it is there. */
  | { state: "building"; build: BuildProgress }
  /** Bytes as stored and served; `total` is known from the manifest. */
  | { state: "downloading"; received: number; total: number }
  | { state: "booting" }
  | { state: "ready"; boot: BootFigures }
  | { state: "paused"; boot: BootFigures | undefined }
  /** The guest is beyond use; `lastLines` are the end of its console. */
  | { state: "crashed"; cause: "panic" | "engine"; lastLines: string[] }
  | { state: "failed"; error: MachineErrorData };

export type MachineState = MachineStatus["state"];

/** What it took to get to the first prompt's end. */
export interface BootFigures {
  /** Where it began: at the reset vector, or from a snapshot taken at a prompt. */
  from: "power-on" | "snapshot";
  /** Guest instructions retired. */
  instructions: number;
  /**
   * Seconds the emulator was running; pauses and downloads do not count. From a snapshot: seconds
   * until the prompt, with the unpacking of its state.
   */
  seconds: number;
  /** What happened on the way, in order; the last one is the prompt. */
  milestones: Milestone[];
}

/**
 * A point of a boot: as the CPU's, or the console's first byte, or the kernel's line that it starts
 * init, or the first prompt.
 */
export interface Milestone {
  id: CpuMilestone | "output" | "init" | "prompt";
  /** Guest instructions since power-on, and seconds the emulator ran. */
  instructions: number;
  seconds: number;
}

/** What the page, or a test, asks of a machine's worker. */
export type MachineCommand =
  | { type: "start" }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "reset" }
  | { type: "restore" }
  | { type: "off" }
  /** Bytes typed into a terminal. */
  | { type: "input"; terminal: number; data: Uint8Array }
  /** Wakes the shell of a terminal that nobody has used since the boot. */
  | { type: "open"; terminal: number }
  | { type: "resize"; terminal: number; columns: number; rows: number }
  /** Plugs a network cable in, or out: frames that the guest sends are told only while it is in. */
  | { type: "wire"; attached: boolean }
  /** An Ethernet frame for the guest's network card, without preamble and checksum. */
  | { type: "frame"; data: Uint8Array }
  /** Counts what the CPU and the devices do, and tells it every so many milliseconds; 0 stops. */
  | { type: "watch"; everyMs: number }
  | { type: "query"; request: number; query: Query };

/** A question to a machine; {@link Answers} has what comes back. */
export type Query =
  | { of: "measure" }
  | { of: "memory" }
  | { of: "translations" }
  /** The page of guest memory at a physical address. */
  | { of: "translation"; address: number };

export interface Answers {
  measure: Measurement;
  memory: MemoryFigures;
  translations: TranslatedPage[];
  translation: Translation | undefined;
}
export type Answer<Q extends Query> = Answers[Q["of"]];

/** The machine's memory, seen from outside. In bytes. */
export interface MemoryFigures {
  /** What the machine was given. */
  size: number;
  /** What of it holds anything but zeros, in whole pages. */
  touched: number;
}

/** A page of guest code beside what the engine made of it. */
export interface Translation {
  /** The page's bytes as they are in guest memory now. */
  guest: Uint8Array;
  /** The newest WebAssembly module made of it. */
  module: Uint8Array;
}

/** What has been counted since somebody watches. Times are those of the computer it runs on. */
export interface Reading {
  /** Since the last reset, as in {@link Measurement}. */
  instructions: number;
  seconds: number;
  cpu: CpuTime;
  traps: DeviceTraps[];
  translations: { modules: number; bytes: number };
  /** Of the boot so far. */
  milestones: Milestone[];
}

/** What a machine tells. */
export type MachineEvent =
  | { type: "status"; status: MachineStatus }
  /** A system begins: what was known of the one before is of another. Its first status follows. */
  | { type: "power-on" }
  /** Bytes a terminal printed, untouched. */
  | { type: "output"; terminal: number; data: Uint8Array }
  /**
   * Bytes of the kernel's console (the first serial port), untouched. Where the terminal is on that
   * port too, they come as `output` of terminal 0 instead.
   */
  | { type: "console"; data: Uint8Array }
  /** An Ethernet frame the guest has sent, while a cable is plugged in. */
  | { type: "frame"; data: Uint8Array }
  | { type: "reading"; reading: Reading }
  /** Something went wrong that does not stop the machine, such as a shared file that did not arrive. */
  | { type: "notice"; notice: MachineErrorData };

/** How far a machine has run. */
export interface Measurement {
  /** Guest instructions retired since the last reset. */
  instructions: number;
  /** Seconds the emulator was running since the last reset. */
  seconds: number;
}

/** What distinguishes this machine from others of its profile. */
export interface MachineOptions {
  /** Whether `start` boots from power-on even where a snapshot could be restored. */
  cold?: boolean;
  /**
   * What the guest's clock follows: the computer's, or what has been executed, so that nothing in the
   * guest gives up waiting because the computer is busy with something else. The latter is for builds.
   */
  clock?: "time" | "work";
  /**
   * `false` leaves the probe out: readings are zeros, and a boot has fewer milestones. For the bench
   * only, which measures what the probe costs.
   */
  probes?: false;
}

/** First message to a worker: which machine it is. */
export interface WorkerInit {
  type: "init";
  machine: string;
  options: MachineOptions;
  /** Absolute address of the folder that holds `manifest.json`, with a final slash. */
  guestUrl: string;
}

export type ToWorker = WorkerInit | MachineCommand;
export type FromWorker =
  | MachineEvent
  | { type: "answer"; request: number; value: Answers[Query["of"]] };

/**
 * A machine as everything outside this folder sees it.
 * `Machine` is the thing itself, `MachineClient` the same one behind a worker's port.
 */
export interface MachinePort {
  readonly id: string;
  readonly status: MachineStatus;
  /** Listens to everything the machine tells; the returned function stops listening. */
  subscribe(listener: (event: MachineEvent) => void): () => void;
  /**
   * Fetches what is missing and starts: from the machine's snapshot if it has a usable one, else
   * with a cold boot. Also the way to retry after `failed`.
   */
  start(): void;
  pause(): void;
  resume(): void;
  /** Switches off and on: a cold boot from the files already fetched. */
  reset(): void;
  /** Back to the snapshot, whatever the machine is doing; a cold boot where there is none. */
  restore(): void;
  /** Switches off, and ends a download that is going on. */
  off(): void;
  /** What its terminals' shells are doing, followed from power-on. */
  readonly terminals: Terminals;
  input(terminal: number, data: string | Uint8Array): void;
  open(terminal: number): void;
  resize(terminal: number, columns: number, rows: number): void;
  /** Plugs a network cable in, or out. Use a `Wire`, which does so at both ends. */
  wire(attached: boolean): void;
  /** Gives the guest's network card a frame; lost when the machine is off or not listening. */
  frame(data: Uint8Array): void;
  measure(): Promise<Measurement>;
  /** Asks about the machine's inside. Zeros, or nothing, when it is off. */
  query<Q extends Query>(query: Q): Promise<Answer<Q>>;
  /** Counts, and tells a `reading` every so many milliseconds; 0 stops both. */
  watch(everyMs: number): void;
  /** Ends the machine for good and frees its worker and memory. */
  destroy(): void;
}
