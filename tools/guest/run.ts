import { spawn, spawnSync } from "node:child_process";
import { GuestBuildError } from "./errors.ts";

/** Runs a program to its end and returns what it printed; failing shows what it said. */
export function run(program: string, args: readonly string[], cwd?: string): string {
  const result = spawnSync(program, args, {
    ...(cwd && { cwd }),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (result.error) throw new GuestBuildError(`${program}: ${result.error.message}`);
  if (result.status !== 0) throw failed(program, args, result.status, result.stderr);
  return result.stdout;
}

/** Runs a long program, giving each line it prints to `onLine`. */
export function runLong(
  program: string,
  args: readonly string[],
  options: { cwd: string; onLine: (line: string) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    // A build that is stopped must not leave compilers running in the folder it will go on in:
    // end the whole process group, and then this process as the signal would have.
    let stopped: NodeJS.Signals | undefined;
    const stop = (signal: NodeJS.Signals) => {
      stopped = signal;
      if (child.pid) process.kill(-child.pid, signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, stop);
    let errors = "";
    child.stderr.on("data", (text) => {
      errors = (errors + text).slice(-20_000);
    });
    let rest = "";
    child.stdout.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(options.onLine);
    });
    child.on("error", reject);
    child.on("close", (status) => {
      for (const signal of signals) process.off(signal, stop);
      if (stopped) process.kill(process.pid, stopped);
      if (status === 0) resolve();
      else reject(failed(program, args, status, errors));
    });
  });
}

function failed(program: string, args: readonly string[], status: number | null, said: string) {
  const full = /No space left on device/.test(said) ? " The disk is full." : "";
  const tail = said.trim().split("\n").slice(-15).join("\n");
  return new GuestBuildError(
    `${program} ${args.slice(0, 4).join(" ")} … ended with ${status}.${full}\n${tail}`,
  );
}
