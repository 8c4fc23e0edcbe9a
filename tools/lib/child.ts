import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { ROOT } from "./paths.ts";

/** How a program ended. */
export interface Ended {
  /** Exit status; 1 when a signal ended it or it could not start. */
  code: number;
  /** What it wrote, to standard output or standard error, when that was kept. */
  output: string;
}

/** What a child process gets beside its arguments. */
export interface ChildOptions {
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Keep what it writes as well as showing it. */
  keep?: boolean;
}

/** Environment in which programs of `node_modules` are found and none of them reports usage. */
export const toolEnvironment = {
  ...process.env,
  PATH: [`${ROOT}node_modules/.bin`, process.env.PATH].join(delimiter),
  ASTRO_TELEMETRY_DISABLED: "1",
};

/** Runs a program in the checkout's root and shows its output. */
export function run(
  program: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Ended> {
  const pipe = options.keep ? "pipe" : "inherit";
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...toolEnvironment, ...options.env },
      stdio: ["inherit", pipe, pipe],
    });
    let output = "";
    for (const stream of ["stdout", "stderr"] as const)
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        process[stream].write(text);
        output += text;
      });
    child.on("error", (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      resolve({ code: 1, output });
    });
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs one of the project's own tools. */
export function runTool(tool: string, args: readonly string[] = []): Promise<Ended> {
  return run(process.execPath, [`tools/${tool}.ts`, ...args]);
}

/** Seconds since `start`, a reading of `performance.now()`. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
