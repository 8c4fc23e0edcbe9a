import {
  CONSOLE_TERMINAL,
  type MachineEvent,
  type MachinePort,
  type MachineState,
} from "./protocol.ts";
import { ShellMarkParser, type ShellPiece } from "./shell-marks.ts";

/** States of a machine without a system. */
const GONE: ReadonlySet<MachineState> = new Set(["idle", "crashed", "failed"]);
/** How the guest's login shells begin their `aid`: init started them, whatever was there before. */
const LOGIN_SHELL = "login-";
/** What of a terminal's output is kept for a view that is made later: some screens full. */
const KEPT_BYTES = 64 * 1024;
/** After these keys a shell shows a prompt that nothing has been typed at: Enter, line feed, Ctrl+C, Ctrl+D. */
const ENDS_LINE: ReadonlySet<string | undefined> = new Set(["\r", "\n", "\u0003", "\u0004"]);

/** What a terminal's shell is doing, as its marks tell. */
export class Terminal {
  /** Whether a shell waits for a command. */
  atPrompt = false;
  /** Whether it waits for the rest of one: a quote is open, or a `do` has no `done`. */
  continuing = false;
  /** Which prompt is shown; undefined for a shell that does not number them. */
  prompt: string | undefined;
  /** Exit status of the last command; undefined when it started a shell that is still there. */
  exit: number | undefined;
  /** Ids of the shells running inside each other, the one that init started first. */
  shells: readonly (string | undefined)[] = [];
  /** Whether nothing has been typed since the prompt: no half a line, no key that still waits for others. */
  untouched = true;
  readonly #listeners = new Set<(piece: ShellPiece) => void>();
  #parser = new ShellMarkParser();
  #endsLine = true;
  #recent: Uint8Array[] = [];
  #recentBytes = 0;

  /** Follows what comes after this, text and marks; the function returned stops it. */
  follow(listener: (piece: ShellPiece) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The end of what it has printed since its machine was switched on. */
  get recent(): readonly Uint8Array[] {
    return this.#recent;
  }

  /** Somebody typed: the reader, or a run. */
  typed(data: string | Uint8Array): void {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    if (text === "") return;
    this.untouched = false;
    this.#endsLine = ENDS_LINE.has(text.at(-1));
  }

  /** Something is shown here that no shell of it printed: the kernel's console. */
  shown(data: Uint8Array): void {
    this.#recent.push(data);
    this.#recentBytes += data.length;
    while (this.#recent.length > 1 && this.#recentBytes > KEPT_BYTES)
      this.#recentBytes -= this.#recent.shift()?.length ?? 0;
  }

  /** The machine printed. */
  printed(data: Uint8Array): void {
    this.shown(data);
    for (const piece of this.#parser.push(data)) {
      if (!("text" in piece)) this.#take(piece);
      for (const listener of this.#listeners) listener(piece);
    }
  }

  /** The machine was switched off: the shell that was here is gone. */
  ended(): void {
    this.#parser = new ShellMarkParser();
    this.atPrompt = false;
    this.continuing = false;
    this.prompt = undefined;
    this.exit = undefined;
    this.shells = [];
    this.untouched = true;
    this.#endsLine = true;
    this.#recent = [];
    this.#recentBytes = 0;
  }

  #take(mark: Exclude<ShellPiece, { text: string }>): void {
    switch (mark.mark) {
      case "C":
        this.exit = undefined;
        this.atPrompt = false;
        this.continuing = false;
        break;
      case "D":
        // A shell that has just started reports a status, of nobody's command.
        this.exit = this.shells.includes(mark.aid) ? mark.exit : undefined;
        break;
      case "P":
        this.continuing = mark.kind === "s";
        break;
      case "A": {
        const prompt = mark.n && `${mark.aid}/${mark.n}`;
        this.#enter(mark.aid);
        // One that is drawn again still has on its line what was typed there.
        if (prompt === undefined || prompt !== this.prompt) {
          this.continuing = false;
          this.untouched = this.#endsLine;
        }
        this.prompt = prompt;
        break;
      }
      case "B":
        this.atPrompt = true;
    }
  }

  /** A prompt of `aid`: either a new shell inside the last, or one that its inner shells left. */
  #enter(aid: string | undefined): void {
    const known = this.shells.indexOf(aid);
    if (aid?.startsWith(LOGIN_SHELL)) this.shells = [aid];
    else if (known < 0) this.shells = [...this.shells, aid];
    else this.shells = this.shells.slice(0, known + 1);
  }
}

/**
 * A machine's terminals, followed from before it is switched on: it is a part of every machine's port,
 * so that whoever comes later finds the prompt that was printed before.
 */
export class Terminals {
  readonly #terminals = new Map<number, Terminal>();

  constructor(machine: Pick<MachinePort, "subscribe">) {
    machine.subscribe((event) => this.#hear(event));
  }

  of(terminal: number): Terminal {
    const known = this.#terminals.get(terminal) ?? new Terminal();
    this.#terminals.set(terminal, known);
    return known;
  }

  #hear(event: MachineEvent): void {
    if (event.type === "output") this.of(event.terminal).printed(event.data);
    if (event.type === "console") this.of(CONSOLE_TERMINAL).shown(event.data);
    const gone = event.type === "status" && GONE.has(event.status.state);
    if (!gone && event.type !== "power-on") return;
    for (const terminal of this.#terminals.values()) terminal.ended();
  }
}
