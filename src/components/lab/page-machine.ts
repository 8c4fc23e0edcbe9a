import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { LabError } from "../../lab/errors.ts";
import { type Borrower, deskOf } from "../../lab/lease.ts";
import { INTERRUPT, Shell } from "../../lab/shell.ts";
import { MachineClient } from "../../machine/client.ts";
import type { MachineErrorData } from "../../machine/errors.ts";
import {
  CONSOLE_TERMINAL,
  type MachineEvent,
  type MachinePort,
  type MachineState,
  type MachineStatus,
  type Reading,
} from "../../machine/protocol.ts";
import { bringUp, ReachError } from "../../machine/reach.ts";
import type { TerminalView } from "./terminal-view.ts";

/** How often instruments are told what the probes have counted: smooth enough for the eye. */
const READING_MS = 200;
/** Whoever has the machine so that the reader's keys would be lost in it, or spoil what it does. */
const LOCKING: ReadonlySet<Borrower["kind"]> = new Set(["experiment", "race"]);
/** States of a machine that has lost what it did. */
const GONE: ReadonlySet<MachineState> = new Set([
  "building",
  "downloading",
  "idle",
  "crashed",
  "failed",
]);
/** States in which a machine does something that it should not do while nobody sees it. */
const BUSY: ReadonlySet<MachineState> = new Set(["building", "downloading", "booting", "ready"]);

/**
 * A machine as one page shares it: its worker, its terminals, and which experiment shows them. Who is
 * using it is its desk's business. Pauses while the page is hidden; the worker ends when the page is
 * left or nobody uses it.
 */
export class PageMachine {
  readonly port: MachinePort;
  readonly status: Signal<MachineStatus>;
  /** Its name alone, for what need not be drawn again with each byte of a download. */
  readonly state: ReadonlySignal<MachineState>;
  /** Whether it has been asked for and is not built: there is nothing of it but recordings. */
  readonly unbuilt: ReadonlySignal<boolean>;
  /** The experiment whose place on the page shows the terminals. */
  readonly shownBy = signal<string | undefined>(undefined);
  /** Who has it now: a run, an instrument at work. */
  readonly borrower = signal<Borrower | undefined>(undefined);
  /** Trouble that did not stop the machine; gone with its next start. */
  readonly notice = signal<MachineErrorData | undefined>(undefined);
  /** What the probes have counted, while an instrument on the page is looked at. */
  readonly reading = signal<Reading | undefined>(undefined);
  readonly #terminals = new Map<number, TerminalView>();
  #users = 0;
  #lookers = 0;
  #pausedByHiding = false;

  constructor(port: MachinePort) {
    this.port = port;
    this.status = signal(port.status);
    this.state = computed(() => this.status.value.state);
    this.unbuilt = computed(() => isUnbuilt(this.status.value));
    port.subscribe((event) => this.#hear(event));
    const desk = deskOf(port);
    desk.subscribe(() => {
      this.borrower.value = desk.holder;
    });
  }

  /** Counts a component in; the returned function counts it out and frees the machine after the last. */
  use(): () => void {
    if (this.#users++ === 0) {
      document.addEventListener("visibilitychange", this.#onVisibility);
      window.addEventListener("pagehide", this.#release);
    }
    return () => {
      if (--this.#users > 0) return;
      document.removeEventListener("visibilitychange", this.#onVisibility);
      window.removeEventListener("pagehide", this.#release);
      this.#release();
    };
  }

  /**
   * The view of a terminal, made on first use. xterm.js is fetched only now.
   * @throws LabError `stale` when its script is not to be had
   */
  async terminal(terminal: number): Promise<TerminalView> {
    const TerminalView = await import("./terminal-view.ts")
      .then(({ TerminalView }) => TerminalView)
      .catch((thrown: unknown) => {
        throw new LabError({ code: "stale", params: { reason: String(thrown) } });
      });
    const known = this.#terminals.get(terminal);
    if (known) return known;
    const view = new TerminalView({
      input: (data) => this.type(terminal, data),
      resize: (columns, rows) => this.port.resize(terminal, columns, rows),
    });
    for (const data of this.port.terminals.of(terminal).recent) view.write(data);
    this.#terminals.set(terminal, view);
    return view;
  }

  /**
   * The reader types. While a run types into the same terminals, or the race starts the machine again
   * and again, only an interrupt may come between; others work in a terminal of the page's own.
   */
  type(terminal: number, data: string): void {
    const by = this.borrower.value;
    if (by && LOCKING.has(by.kind) && data !== INTERRUPT) return;
    deskOf(this.port).readerTyped();
    this.port.input(terminal, data);
  }

  /** @param name  what the reader calls the terminal */
  shell(terminal: number, name?: string): Shell {
    return new Shell(this.port, terminal, name);
  }

  /** Brings it to its prompt; what becomes of that is told by its status. */
  bringUp(): void {
    void bringUp(this.port).catch((thrown: unknown) => {
      if (!(thrown instanceof ReachError)) throw thrown;
    });
  }

  /** Counts an instrument in that is on the screen; the probes count until the last one is gone. */
  look(): () => void {
    if (this.#lookers++ === 0) this.port.watch(READING_MS);
    return () => {
      if (--this.#lookers === 0) this.port.watch(0);
    };
  }

  #hear(event: MachineEvent): void {
    if (event.type === "status") {
      const { state } = event.status;
      // What was counted before is of a machine that is gone.
      if (GONE.has(state)) this.reading.value = undefined;
      if (state === "downloading") this.notice.value = undefined;
      this.status.value = event.status;
    } else if (event.type === "power-on") {
      this.notice.value = undefined;
      this.reading.value = undefined;
      for (const view of this.#terminals.values()) view.clear();
    } else if (event.type === "notice") {
      this.notice.value = event.notice;
    } else if (event.type === "reading") {
      this.reading.value = event.reading;
    } else if (event.type === "output" || event.type === "console") {
      const terminal = event.type === "console" ? CONSOLE_TERMINAL : event.terminal;
      this.#terminals.get(terminal)?.write(event.data);
    }
  }

  readonly #onVisibility = () => {
    if (document.hidden && BUSY.has(this.status.value.state)) {
      this.#pausedByHiding = true;
      this.port.pause();
    } else if (!document.hidden && this.#pausedByHiding) {
      this.#pausedByHiding = false;
      this.port.resume();
    }
  };

  readonly #release = () => {
    this.#pausedByHiding = false;
    this.port.destroy();
  };
}

function isUnbuilt(status: MachineStatus): boolean {
  if (status.state === "failed") return status.error.code === "build-failed";
  return status.state === "building";
}

const machines = new Map<string, PageMachine>();

/** The page's one machine of that name. */
export function pageMachine(id: string, guestUrl: string): PageMachine {
  const known = machines.get(id);
  if (known) return known;
  const machine = new PageMachine(new MachineClient(id, guestUrl));
  machines.set(id, machine);
  return machine;
}
