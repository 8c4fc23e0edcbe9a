import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import stripAnsi from "strip-ansi";
import { toolEnvironment } from "../lib/child.ts";
import { ROOT } from "../lib/paths.ts";

/** How a program of a stage ended. */
export interface Ended {
  /** Exit status; 1 when a signal ended it or it could not start. */
  code: number;
  /** What it wrote, without colours. */
  output: string;
}

/**
 * What a stage's programs write: kept until the stage is over, so that stages that run beside each
 * other stay readable, and in a file meanwhile.
 */
export class Log {
  readonly #pieces: string[] = [];
  readonly #file: WriteStream;

  /** @param path of the file, which is written anew */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = createWriteStream(path);
  }

  /** All of it so far. */
  get text(): string {
    return this.#pieces.join("");
  }

  write(text: string): void {
    this.#pieces.push(text);
    this.#file.write(stripAnsi(text));
  }

  /** Runs a program in the checkout's root. It is given nothing to read. */
  run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const from = this.#pieces.length;
    const colours = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
    return new Promise((resolve) => {
      const end = (code: number) =>
        resolve({ code, output: stripAnsi(this.#pieces.slice(from).join("")) });
      const child = spawn(program, args, {
        cwd: ROOT,
        env: { ...toolEnvironment, ...colours, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => this.write(text));
      child.on("error", (error) => {
        this.write(`${program} could not be started: ${error.message}\n`);
        end(1);
      });
      child.on("close", (code) => end(code ?? 1));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
