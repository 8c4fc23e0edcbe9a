import stripAnsi from "strip-ansi";
import type { MachinePort, MachineState } from "../machine/protocol.ts";
import type { ShellPiece } from "../machine/shell-marks.ts";
import type { Terminal } from "../machine/terminals.ts";
import { WaitError, type WaitOptions, waitFor } from "../machine/wait.ts";
import { LabError, labErrorOf } from "./errors.ts";

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

/** How long a shell may take to show its prompt, on a slow machine. */
const PROMPT_LIMIT_SECONDS = 120;
/** How long it may take to drop a line that was begun: it only has to draw its prompt again. */
const DROP_LIMIT_SECONDS = 15;
/**
 * After so many ticks another key is pressed: a Ctrl+C that comes while readline works at other keys is
 * only noted by bash, and has its effect with the next one. A space does no harm before a command, should
 * the prompt have come just then.
 */
const NUDGE_TICKS = 5;
/** Ctrl+C, which makes a shell drop its line in every state of its line editor. */
export const INTERRUPT = "\u0003";
/** How often a running command's instructions are looked at. */
const COUNT_MS = 500;
/** Lines of the terminal that an error quotes. */
const LAST_LINES = 12;
/** Nested shells that `home` leaves before it gives up. */
const DEEPEST_NESTING = 8;
/** Characters of output that are judged. The longest recording has a hundredth of it. */
const MOST_OUTPUT = 4_000_000;

/** A shell on one of a machine's terminals, followed by its OSC 133 marks. */
export class Shell {
  readonly machine: MachinePort;
  readonly terminal: number;
  /** What the reader calls the terminal. */
  readonly #name: string;
  readonly #state: Terminal;

  constructor(machine: MachinePort, terminal: number, name = String(terminal)) {
    this.machine = machine;
    this.terminal = terminal;
    this.#name = name;
    this.#state = machine.terminals.of(terminal);
  }

  /** Whether it waits for a command. */
  get atPrompt(): boolean {
    return this.#state.atPrompt;
  }

  /** Waits for the first prompt, waking the terminal's shell if nobody has. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#state.shells.length > 0) return;
    this.machine.open(this.terminal);
    const { machine } = this;
    const prompted = () => {
      const { state } = machine.status;
      if (state === "failed" || state === "crashed" || state === "idle") {
        const cause = `${machine.id} is ${state}`;
        throw new LabError({ code: "interrupted", params: { machine: machine.id, state, cause } });
      }
      return this.#state.atPrompt || undefined;
    };
    const late = { machine: machine.id, seconds: PROMPT_LIMIT_SECONDS };
    await this.#wait(prompted, { signal, seconds: PROMPT_LIMIT_SECONDS }, () => {
      return new LabError({ code: "no-prompt", params: late });
    });
  }

  /** Leaves nested shells until the one that init started prompts again. */
  async home(options: TypingOptions): Promise<void> {
    await this.ready(options.signal);
    for (let depth = 0; this.#state.shells.length > 1 && depth < DEEPEST_NESTING; depth++)
      await this.run("exit", options);
  }

  /**
   * Types a command at the prompt and waits for the next one. A line that somebody has begun there is
   * dropped first, whatever its state.
   * @throws LabError `busy`, `no-prompt`, `timeout`, `runaway`, `flood`, `crashed`, `interrupted` or
   *   `stopped`
   */
  async run(command: string, options: TypingOptions): Promise<CommandResult> {
    await this.ready(options.signal);
    await this.#dropLine(options.signal);
    const run = new CommandRun(this.machine, this.#state, command);
    try {
      await this.#type(command, options, run);
      const began = (await this.machine.measure()).instructions;
      this.#refuseStop(options.signal);
      run.refuseInterruption();
      run.enter();
      this.machine.input(this.terminal, "\r");
      const { signal, limitSeconds: seconds, limitMillions } = options;
      const tick = this.#countInstructions(run, began, limitMillions);
      await this.#wait(
        () => run.ended(),
        { signal, seconds, tick },
        () => {
          return new LabError({ code: "timeout", params: { ...run.told(), seconds } });
        },
      );
      const { instructions } = await this.machine.measure();
      run.refuseInterruption();
      return {
        output: plainText(run.output),
        exit: this.#state.exit,
        instructions: instructions - began,
      };
    } finally {
      run.dispose();
    }
  }

  /**
   * Ends with Ctrl+C what runs in a terminal into which nobody types but who asks this: whoever was
   * there before has given up.
   * @throws LabError `busy`, `no-prompt`, `stopped`
   */
  async free(signal?: AbortSignal): Promise<void> {
    await this.ready(signal);
    if (!this.#state.atPrompt) await this.#interrupt(signal);
  }

  /**
   * Brings the line editor into a known state: half a line, a completion or a search that waits for a
   * key, vi's command mode, an open quote.
   */
  async #dropLine(signal: AbortSignal | undefined): Promise<void> {
    const { atPrompt, untouched, continuing } = this.#state;
    if (!atPrompt) throw this.#busy();
    if (untouched && !continuing) return;
    await this.#interrupt(signal);
  }

  #busy(): LabError {
    return new LabError({ code: "busy", params: { terminal: this.#name } });
  }

  /** Presses Ctrl+C until there is a new prompt. */
  async #interrupt(signal: AbortSignal | undefined): Promise<void> {
    this.#refuseStop(signal);
    const state = this.#state;
    let drawn = false;
    const before = state.prompt;
    const stop = state.follow((piece) => {
      if (!("mark" in piece) || piece.mark !== "B") return;
      drawn ||= state.prompt === undefined || state.prompt !== before;
    });
    try {
      this.machine.input(this.terminal, INTERRUPT);
      let ticks = 0;
      const tick = () => {
        if (++ticks % NUDGE_TICKS > 0) return;
        const again = ticks % (2 * NUDGE_TICKS) === 0;
        this.machine.input(this.terminal, again ? INTERRUPT : " ");
      };
      const options = { signal, seconds: DROP_LIMIT_SECONDS, tick };
      await this.#wait(
        () => drawn || undefined,
        options,
        () => this.#busy(),
      );
    } finally {
      stop();
    }
  }

  async #type(
    command: string,
    { typingMs, signal }: TypingOptions,
    run: CommandRun,
  ): Promise<void> {
    this.#refuseStop(signal);
    if (typingMs <= 0) {
      this.machine.input(this.terminal, command);
      return;
    }
    for (const character of command) {
      this.machine.input(this.terminal, character);
      await sleep(typingMs);
      this.#refuseStop(signal);
      // What is left of it would be typed into a machine that has never heard the beginning.
      run.refuseInterruption();
    }
  }

  #refuseStop(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new LabError({ code: "stopped", params: {} });
  }

  /** @param late  what to say when the time is up */
  async #wait(
    check: () => true | undefined,
    options: WaitOptions,
    late: () => LabError,
  ): Promise<void> {
    try {
      await waitFor(this.machine, check, options);
    } catch (thrown) {
      throw thrown instanceof WaitError && thrown.reason === "late" ? late() : labErrorOf(thrown);
    }
  }

  /** Looks at a command's instructions now and then; what it throws ends the wait for the command. */
  #countInstructions(run: CommandRun, began: number, millions: number | undefined): () => void {
    if (millions === undefined) return () => {};
    const limit = millions * 1e6;
    let counted = performance.now();
    let beyond = false;
    return () => {
      if (beyond)
        throw new LabError({ code: "runaway", params: { ...run.told(), instructions: limit } });
      const now = performance.now();
      if (now - counted < COUNT_MS) return;
      counted = now;
      // A machine that was switched off counts from zero again: that is told another way.
      void this.machine.measure().then(({ instructions }) => {
        beyond = instructions - began > limit;
      });
    };
  }
}

/** What is heard of one command, from its first letter to the prompt after it. */
class CommandRun {
  output = "";
  readonly #command: string;
  readonly #state: Terminal;
  readonly #stop: (() => void)[];
  #before: string | undefined;
  #entered = false;
  #collecting = false;
  #prompted = false;
  #interruption: MachineState | undefined;

  constructor(machine: MachinePort, state: Terminal, command: string) {
    this.#command = command;
    this.#state = state;
    this.#stop = [
      state.follow((piece) => this.#take(piece)),
      machine.subscribe((event) => {
        if (event.type !== "status") return;
        const { state } = event.status;
        if (state !== "ready" && state !== "paused") this.#interruption ??= state;
      }),
    ];
  }

  enter(): void {
    this.#before = this.#state.prompt;
    this.#entered = true;
  }

  /** Whether the next prompt is there. @throws LabError `crashed`, `flood` */
  ended(): true | undefined {
    this.refuseInterruption();
    if (this.output.length > MOST_OUTPUT)
      throw new LabError({
        code: "flood",
        params: { ...this.told(), megabytes: MOST_OUTPUT / 1e6 },
      });
    return this.#prompted || undefined;
  }

  refuseInterruption(): void {
    const state = this.#interruption;
    if (state) throw new LabError({ code: "crashed", params: { ...this.told(), state } });
  }

  told(): { command: string; lastLines: string } {
    const tail = this.output.slice(-LAST_LINES * 1000);
    const lastLines = plainText(tail).split("\n").slice(-LAST_LINES).join("\n");
    return { command: this.#command, lastLines };
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
  }

  #take(piece: ShellPiece): void {
    if (!this.#entered) return;
    if ("text" in piece) {
      // What goes beyond the limit is not judged, so it need not be kept.
      if (this.#collecting && this.output.length <= MOST_OUTPUT) this.output += piece.text;
    } else if (piece.mark === "C") this.#collecting = true;
    else if (piece.mark === "B")
      // One that is drawn again keeps its number.
      this.#prompted ||= this.#state.prompt === undefined || this.#state.prompt !== this.#before;
    else this.#collecting = false;
  }
}

/** A terminal's output as a person would quote it: no escape sequences, no carriage returns. */
export function plainText(output: string): string {
  return stripAnsi(output).replaceAll("\r\n", "\n").replaceAll("\r", "").replace(/\n$/, "");
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
