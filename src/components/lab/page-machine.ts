import { computed, signal } from "@preact/signals";
import { LabError } from "../../lab/errors.ts";
import { bringUp } from "../../lab/run.ts";
import { Shell } from "../../lab/shell.ts";
import { MachineClient } from "../../machine/client.ts";
import type { MachineErrorData } from "../../machine/errors.ts";
import type { MachineEvent, MachineState, MachineStatus, Reading } from "../../machine/protocol.ts";
import type { TerminalView } from "./terminal-view.ts";

/** Terminal 0 is where the kernel's console is shown, as on a PC. */
const CONSOLE_TERMINAL = 0;
/** How often instruments are told what the probes have counted: smooth enough for the eye. */
const READING_MS = 200;
/** States of a machine that has lost what it did. */
const GONE: ReadonlySet<MachineState> = new Set([
  "building",
  "downloading",
  "idle",
  "crashed",
  "failed",
]);
/** States that end by themselves in a machine that runs, or in one that runs already. */
const RUNNING: ReadonlySet<MachineState> = new Set(["building", "downloading", "booting", "ready"]);
/** Ctrl+C as a terminal sends it. */
const INTERRUPT = "\u0003";

/**
 * A machine as one page shares it: its worker, its terminals, and which experiment has them now.
 * Pauses while the page is hidden; the worker ends when the page is left or nobody uses it.
 */
export class PageMachine {
  readonly status = signal<MachineStatus>({ state: "idle", poweredOff: false });
  /** Its name alone, for what need not be drawn again with each byte of a download. */
  readonly state = computed(() => this.status.value.state);
  /** Whether it has been asked for and is not built: there is nothing of it but recordings. */
  readonly unbuilt = computed(() => isUnbuilt(this.status.value));
  /** The experiment whose place on the page shows the terminals. */
  readonly holder = signal<string | undefined>(undefined);
  /** The experiment whose commands are being typed. */
  readonly running = signal<string | undefined>(undefined);
  /** Trouble that did not stop the machine; gone with its next start. */
  readonly notice = signal<MachineErrorData | undefined>(undefined);
  /** What the probes have counted, while an instrument on the page is looked at. */
  readonly reading = signal<Reading | undefined>(undefined);
  readonly #client: MachineClient;
  readonly #terminals = new Map<number, TerminalView>();
  readonly #shells = new Map<number, Shell>();
  #users = 0;
  #lookers = 0;
  #pausedByHiding = false;

  constructor(id: string, guestUrl: string) {
    this.#client = new MachineClient(id, guestUrl);
    this.#client.subscribe((event) => this.#hear(event));
  }

  get port(): MachineClient {
    return this.#client;
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
   */
  async terminal(port: number): Promise<TerminalView> {
    const { TerminalView } = await import("./terminal-view.ts");
    const known = this.#terminals.get(port);
    if (known) return known;
    const view = new TerminalView({
      input: (data) => {
        // While commands are being typed for the reader, only an interrupt may come between.
        if (this.running.value === undefined || data === INTERRUPT) this.#client.input(port, data);
      },
      resize: (columns, rows) => this.#client.resize(port, columns, rows),
    });
    this.#terminals.set(port, view);
    return view;
  }

  /** The shell of a terminal, followed from before the boot. */
  shell(port: number): Shell {
    const known = this.#shells.get(port);
    if (known) return known;
    const shell = new Shell(this.#client, port);
    this.#shells.set(port, shell);
    return shell;
  }

  /** Brings it to its prompt; what becomes of that is told by its status. */
  bringUp(): void {
    void bringUp(this.#client).catch((thrown: unknown) => {
      if (!(thrown instanceof LabError)) throw thrown;
    });
  }

  /** Counts an instrument in that is on the screen; the probes count until the last one is gone. */
  look(): () => void {
    if (this.#lookers++ === 0) this.#client.watch(READING_MS);
    return () => {
      if (--this.#lookers === 0) this.#client.watch(0);
    };
  }

  #hear(event: MachineEvent): void {
    if (event.type === "status") {
      const { state } = event.status;
      if (state === "downloading" || state === "booting") this.notice.value = undefined;
      const begins = state === "booting" && this.status.value.state !== "paused";
      if (begins) for (const view of this.#terminals.values()) view.clear();
      // What was counted before is of a machine that is gone.
      if (begins || GONE.has(state)) this.reading.value = undefined;
      this.status.value = event.status;
    } else if (event.type === "notice") {
      this.notice.value = event.notice;
    } else if (event.type === "reading") {
      this.reading.value = event.reading;
    } else if (event.type === "output" || event.type === "console") {
      const port = event.type === "console" ? CONSOLE_TERMINAL : event.terminal;
      this.#terminals.get(port)?.write(event.data);
    }
  }

  readonly #onVisibility = () => {
    const { state } = this.status.value;
    if (document.hidden && RUNNING.has(state)) {
      this.#pausedByHiding = true;
      this.#client.pause();
    } else if (!document.hidden && this.#pausedByHiding) {
      this.#pausedByHiding = false;
      this.#client.resume();
    }
  };

  readonly #release = () => this.#client.destroy();
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
  const machine = new PageMachine(id, guestUrl);
  machines.set(id, machine);
  return machine;
}
