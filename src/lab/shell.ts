import stripAnsi from "strip-ansi";
import type { MachineEvent, MachinePort, MachineState } from "../machine/protocol.ts";
import { ShellMarkParser, type ShellPiece } from "../machine/shell-marks.ts";
import { LabError } from "./errors.ts";

/** What one command did. */
export interface CommandResult {
  /** Output without escape sequences, lines ended by `\n`. */
  output: string;
  /** Exit status; undefined when the command started another shell that is still there. */
  exit: number | undefined;
  /** Guest instructions of the whole machine, from Enter to the next prompt; 0 where it has ended. */
  instructions: number;
}

export interface TypingOptions {
  /** Milliseconds between keystrokes; 0 sends the line at once. */
  typingMs: number;
  /** Seconds the command may take while the machine is not paused. */
  limitSeconds: number;
  /** Millions of guest instructions it may take; without it, as many as the seconds allow. */
  limitMillions?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a shell waits for, and how long. */
interface Waiting {
  until(): boolean;
  limitSeconds: number;
  limitMillions?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The command that was typed; none while the first prompt is awaited. */
  command?: string;
  /** Guest instructions when it was entered. */
  began?: number;
}

/** How long a shell may take to show its prompt, on a slow machine. */
const PROMPT_LIMIT_SECONDS = 120;
/** Readline: to the end of the line, then delete back to its start. */
const CLEAR_LINE = "\u0005\u0015";
/** How the guest's login shells begin their `aid`: init started them, whatever was there before. */
const LOGIN_SHELL = "login-";
const TICK_MS = 100;
/** How often a running command's instructions are looked at. */
const COUNT_MS = 500;
/** Lines of the terminal that an error quotes. */
const LAST_LINES = 12;
/** Nested shells that `home` leaves before it gives up. */
const DEEPEST_NESTING = 8;

/**
 * A shell on one of a machine's terminals, followed by its OSC 133 marks.
 * Create it before the machine starts: it must see every prompt.
 */
export class Shell {
  readonly terminal: number;
  readonly machine: MachinePort;
  readonly #unsubscribe: () => void;
  #parser = new ShellMarkParser();
  #atPrompt = false;
  /** Ids of the shells running inside each other, the one that init started first. */
  #shells: (string | undefined)[] = [];
  #output = "";
  #collecting = false;
  /** Which prompt is shown; undefined for a shell that does not number them. */
  #prompt: string | undefined;
  #exit: number | undefined;
  #interruption: MachineState | undefined;
  #wake: () => void = () => {};

  constructor(machine: MachinePort, terminal: number) {
    this.machine = machine;
    this.terminal = terminal;
    this.#unsubscribe = machine.subscribe((event) => this.#hear(event));
  }

  /** Whether it waits for a command. */
  get atPrompt(): boolean {
    return this.#atPrompt;
  }

  dispose(): void {
    this.#unsubscribe();
  }

  /** Waits for the first prompt, waking the terminal's shell if nobody has. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#shells.length > 0) return;
    this.#interruption = undefined;
    this.machine.open(this.terminal);
    await this.#wait({ limitSeconds: PROMPT_LIMIT_SECONDS, signal, until: () => this.#atPrompt });
  }

  /** Leaves nested shells until the one that init started prompts again. */
  async home(options: TypingOptions): Promise<void> {
    await this.ready(options.signal);
    for (let depth = 0; this.#shells.length > 1 && depth < DEEPEST_NESTING; depth++)
      await this.run("exit", options);
  }

  /**
   * Types a command at the prompt and waits for the next one.
   * @throws LabError `busy`, `no-prompt`, `timeout`, `runaway`, `crashed`, `interrupted` or `stopped`
   */
  async run(command: string, options: TypingOptions): Promise<CommandResult> {
    await this.ready(options.signal);
    if (!this.#atPrompt)
      throw new LabError({ code: "busy", params: { terminal: String(this.terminal) } });
    this.#output = "";
    this.#exit = undefined;
    this.#interruption = undefined;
    await this.#type(command, options);
    const before = this.#prompt;
    const isNew = () => this.#prompt === undefined || this.#prompt !== before;
    const began = (await this.machine.measure()).instructions;
    this.#atPrompt = false;
    this.machine.input(this.terminal, "\r");
    await this.#wait({ ...options, command, began, until: () => this.#atPrompt && isNew() });
    const { instructions } = await this.machine.measure();
    return {
      output: plainText(this.#output),
      exit: this.#exit,
      instructions: instructions - began,
    };
  }

  async #type(command: string, { typingMs, signal }: TypingOptions): Promise<void> {
    this.machine.input(this.terminal, CLEAR_LINE);
    if (typingMs <= 0) {
      this.machine.input(this.terminal, command);
      return;
    }
    for (const character of command) {
      this.machine.input(this.terminal, character);
      await sleep(typingMs);
      if (signal?.aborted) throw new LabError({ code: "stopped", params: {} });
      // What is left of it would be typed into a machine that has never heard the beginning.
      this.#refuseInterruption(command);
    }
  }

  async #wait(what: Waiting): Promise<void> {
    let running = 0;
    let last = performance.now();
    let counted = last;
    while (!what.until()) {
      if (what.signal?.aborted) throw new LabError({ code: "stopped", params: {} });
      this.#refuseInterruption(what.command);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, TICK_MS);
      });
      const now = performance.now();
      if (this.machine.status.state !== "paused") running += Math.min(now - last, 10 * TICK_MS);
      last = now;
      if (running > what.limitSeconds * 1000) throw this.#late(what);
      if (now - counted < COUNT_MS || what.until()) continue;
      counted = now;
      await this.#refuseRunaway(what);
    }
  }

  #late(what: Waiting): LabError {
    const { command, limitSeconds: seconds } = what;
    if (command === undefined)
      return new LabError({ code: "no-prompt", params: { machine: this.machine.id, seconds } });
    return new LabError({ code: "timeout", params: { ...this.#told(command), seconds } });
  }

  #refuseInterruption(command: string | undefined): void {
    const state = this.#interruption;
    if (state === undefined) return;
    if (command !== undefined)
      throw new LabError({ code: "crashed", params: { ...this.#told(command), state } });
    if (!isStarting(state)) throw new LabError({ code: "interrupted", params: { state } });
  }

  async #refuseRunaway(what: Waiting): Promise<void> {
    const { limitMillions: millions, began } = what;
    if (millions === undefined || began === undefined) return;
    const { instructions } = await this.machine.measure();
    // A machine that was switched off counts from zero again: that is told another way.
    const limit = millions * 1e6;
    if (instructions - began > limit && !what.until())
      throw new LabError({
        code: "runaway",
        params: { ...this.#told(what.command), instructions: limit },
      });
  }

  #told(command = ""): { command: string; lastLines: string } {
    const lastLines = plainText(this.#output).split("\n").slice(-LAST_LINES).join("\n");
    return { command, lastLines };
  }

  #hear(event: MachineEvent): void {
    if (event.type === "status") {
      const { state } = event.status;
      if (state === "ready" || state === "paused") return;
      // Switched off, crashed, or booting afresh: the shell we knew is gone.
      this.#parser = new ShellMarkParser();
      this.#atPrompt = false;
      this.#shells = [];
      this.#interruption = state;
      this.#wake();
    } else if (event.type === "output" && event.terminal === this.terminal) {
      for (const piece of this.#parser.push(event.data)) this.#take(piece);
    }
  }

  #take(piece: ShellPiece): void {
    if ("text" in piece) {
      if (this.#collecting) this.#output += piece.text;
      return;
    }
    switch (piece.mark) {
      case "C":
        this.#collecting = true;
        this.#exit = undefined;
        this.#atPrompt = false;
        break;
      case "D":
        this.#collecting = false;
        // A shell that has just started reports a status, of nobody's command.
        this.#exit = this.#shells.includes(piece.aid) ? piece.exit : undefined;
        break;
      case "A":
        this.#collecting = false;
        this.#enter(piece.aid);
        this.#prompt = piece.n && `${piece.aid}/${piece.n}`;
        break;
      case "B":
        this.#atPrompt = true;
        this.#wake();
    }
  }

  /** A prompt of `aid`: either a new shell inside the last, or one that its inner shells left. */
  #enter(aid: string | undefined): void {
    const known = this.#shells.indexOf(aid);
    if (aid?.startsWith(LOGIN_SHELL)) this.#shells = [aid];
    else if (known < 0) this.#shells.push(aid);
    else this.#shells.length = known + 1;
  }
}

/** A terminal's output as a person would quote it: no escape sequences, no carriage returns. */
export function plainText(output: string): string {
  return stripAnsi(output).replaceAll("\r\n", "\n").replaceAll("\r", "").replace(/\n$/, "");
}

/** On the way to a first prompt these are no interruption. */
function isStarting(state: MachineState): boolean {
  return state === "building" || state === "downloading" || state === "booting";
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
