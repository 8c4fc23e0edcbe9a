import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import stripAnsi from "strip-ansi";
import { MachineError } from "./errors.ts";
import type { GuestSource } from "./files.ts";
import { Machine } from "./machine.ts";
import type { BootFigures, MachineOptions, MachinePort } from "./protocol.ts";
import { ShellMarkParser } from "./shell-marks.ts";
import { type SavedState, type SaveOptions, SnapshotError } from "./snapshot.ts";

export { SnapshotError };

/**
 * Reads the machines from a folder, for tests and command-line tools.
 * @param onOpen  told of each file's path below the folder
 */
export function folderSource(folder: string, onOpen?: (path: string) => void): GuestSource {
  return {
    async open(path) {
      onOpen?.(path);
      const file = join(folder, path);
      await access(file);
      return Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
    },
  };
}

/** Has some files in memory, by their paths, and the others from elsewhere. */
export function overlaySource(
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  below: GuestSource,
): GuestSource {
  return {
    async open(path, options) {
      const file = files[path];
      return file === undefined ? below.open(path, options) : new Blob([file]).stream();
    },
  };
}

/**
 * The same machine as the page's, in this process.
 * @param folder  where `manifest.json` is
 * @param onOpen  as {@link folderSource} has it
 */
export function nodeMachine(
  id: string,
  folder: string,
  options?: MachineOptions,
  onOpen?: (path: string) => void,
): MachinePort {
  return new Machine(id, folderSource(folder, onOpen), options);
}

/** What a restored machine's first shell is asked, and what it must answer. */
const QUESTION = "echo $((6 * 7))";
const ANSWER = "42";
/** A boot or a restore takes seconds. After so many, on a computer however busy, it has failed. */
const LIMIT_SECONDS = 300;
/** The same for what is done before a machine is saved: the longest takes half a minute. */
const COMMAND_LIMIT_SECONDS = 1800;
/** Lines of what the guest said that an error quotes. */
const LAST_LINES = 20;

/** What is done with a machine before it is saved. */
export interface Preparation extends SaveOptions {
  /** Lines for its first shell, one after another; each must succeed. They leave no trace there. */
  commands?: readonly string[];
}

/**
 * Boots a machine, prepares and saves it at its prompt, and ends it. The guest's clock follows what it
 * executes: a busy computer makes nothing in it give up.
 * @throws SnapshotError with what the guest said, when it has no prompt, a command fails or it does not
 *   get ready
 */
export function saveAtPrompt(
  id: string,
  source: GuestSource,
  { commands = [], ...options }: Preparation = {},
): Promise<SavedState & { terminal: string }> {
  const machine = new Machine(id, source, { cold: true, clock: "work" });
  return followed(machine, async (heard) => {
    await readiness(machine);
    const terminal = heard.printed();
    for (const command of commands) {
      heard.allow(COMMAND_LIMIT_SECONDS);
      // With a space before it, bash does not remember it.
      const { exit } = await answerTo(` ${command}`, machine);
      if (exit !== 0) throw new Error(`"${command}" ended with ${exit ?? "no exit status"}`);
    }
    heard.allow(LIMIT_SECONDS);
    return { ...(await machine.save(options)), terminal };
  });
}

/**
 * Starts a machine from its snapshot, has its first shell answer something, and ends it.
 * @throws SnapshotError with what the guest said, when it does not
 */
export function tryRestore(id: string, source: GuestSource): Promise<void> {
  const machine = new Machine(id, source);
  return followed(machine, async () => {
    const { from } = await readiness(machine);
    if (from !== "snapshot") throw new Error("it boots instead of being restored");
    const { output } = await answerTo(QUESTION, machine);
    if (output !== ANSWER) throw new Error(`"${QUESTION}" printed "${output}", not "${ANSWER}"`);
  });
}

/** What is heard of a machine that is worked with. */
interface Heard {
  /** All that its first terminal has shown. */
  printed(): string;
  /** Gives what comes next so much time. */
  allow(seconds: number): void;
}

/** Works with a machine until that is done, the machine fails, or the time is up; then ends it. */
async function followed<T>(machine: Machine, work: (heard: Heard) => Promise<T>): Promise<T> {
  let printed = "";
  let console = "";
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const texts = { console: new TextDecoder(), output: new TextDecoder() };
  machine.subscribe((event) => {
    if (event.type === "console") console += texts.console.decode(event.data, { stream: true });
    if (event.type === "output" && event.terminal === 0)
      printed += texts.output.decode(event.data, { stream: true });
    if (event.type === "notice") reject(new MachineError(event.notice));
    if (event.type !== "status") return;
    const { status } = event;
    if (status.state === "failed") reject(new MachineError(status.error));
    if (status.state === "crashed") reject(new Error("it crashed"));
    if (status.state === "idle") reject(new Error("it switched itself off"));
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const allow = (seconds: number) => {
    clearTimeout(timer);
    const late = () => reject(new Error(`it was not done in ${seconds} seconds`));
    timer = setTimeout(late, seconds * 1000);
  };
  allow(LIMIT_SECONDS);
  try {
    return await Promise.race([work({ printed: () => printed, allow }), failed]);
  } catch (thrown) {
    if (thrown instanceof SnapshotError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SnapshotError(reason, lastLines(console + printed));
  } finally {
    clearTimeout(timer);
    machine.destroy();
  }
}

/** Starts a machine; the promise is kept when it is at its prompt. */
function readiness(machine: MachinePort): Promise<BootFigures> {
  return new Promise((resolve) => {
    machine.subscribe((event) => {
      if (event.type === "status" && event.status.state === "ready") resolve(event.status.boot);
    });
    machine.start();
  });
}

/** Types a command at the prompt. @returns what it printed, up to the next prompt, and its exit status */
function answerTo(
  command: string,
  machine: MachinePort,
): Promise<{ output: string; exit: number | undefined }> {
  const marks = new ShellMarkParser();
  let output: string | undefined;
  return new Promise((resolve) => {
    machine.subscribe((event) => {
      if (event.type !== "output" || event.terminal !== 0) return;
      for (const piece of marks.push(event.data))
        if ("text" in piece) output = output === undefined ? undefined : output + piece.text;
        else if (piece.mark === "C") output = "";
        else if (piece.mark === "D" && output !== undefined)
          resolve({ output: stripAnsi(output).trim(), exit: piece.exit });
    });
    machine.input(0, `${command}\r`);
  });
}

function lastLines(text: string): string[] {
  const lines = stripAnsi(text).split(/\r*\n/);
  return lines.filter((line) => line.trim() !== "").slice(-LAST_LINES);
}
