import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { runTool, secondsSince, toolEnvironment } from "./child.ts";
import { ROOT } from "./paths.ts";

/** How much the build steps back for the server and the pages: as much as `nice` does untold. */
const NICENESS = 10;

/** Builds the machines where they are missing or out of date. @returns whether they are there */
export async function ensureGuest(): Promise<boolean> {
  console.log(
    "Looking after the machines (the first time this compiles two Linux kernels, about ten minutes on two cores)…",
  );
  const start = performance.now();
  const { code } = await runTool("guest");
  if (code === 0) console.log(`The machines are ready, after ${secondsSince(start)}.`);
  else console.error(`The machines could not be built: "npm run guest" ended with status ${code}.`);
  return code === 0;
}

/** A build of the machines in a process of its own, while something else goes on. */
export class GuestBuild {
  /** Settles once pages are told how far it is, or it has ended. */
  readonly told: Promise<unknown>;
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn("nice", ["-n", String(NICENESS), process.execPath, "tools/guest.ts"], {
      cwd: ROOT,
      env: toolEnvironment,
      // Its output is seen as it comes; by the channel it says when pages are told.
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // A group of its own, so that a signal reaches the compilers, too.
      detached: true,
    });
    this.ended = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        console.error(`The machines cannot be built: ${error.message}`);
        resolve(1);
      });
      this.#child.on("exit", (code, signal) => resolve(code ?? signal ?? 1));
    });
    this.told = Promise.race([once(this.#child, "message").catch(() => {}), this.ended]);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it and all that it has started. What it has finished is kept. */
  stop(signal: NodeJS.Signals = "SIGTERM"): void {
    if (!this.pid || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
