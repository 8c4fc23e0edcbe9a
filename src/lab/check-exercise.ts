import { LabError } from "./errors.ts";
import { FileTrouble } from "./file-trouble.ts";
import type { Shell } from "./shell.ts";

/** Seconds that one check may take. */
const LIMIT_SECONDS = 60;

/**
 * Runs an exercise's checks on a shell.
 * @param checks  their commands
 * @returns for each whether it holds
 * @throws LabError as `Shell.run`, and `file` when a check could not read what it needs
 */
export async function checkExercise(
  checks: readonly string[],
  shell: Shell,
  signal?: AbortSignal,
): Promise<boolean[]> {
  const files = new FileTrouble([shell.machine]);
  const results: boolean[] = [];
  try {
    for (const run of checks) {
      // In a subshell, so that a check may end early.
      const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS, signal };
      const { exit } = await shell.run(`(${run})`, options);
      files.refuse(run);
      results.push(exit === 0);
    }
    return results;
  } finally {
    files.dispose();
  }
}

/**
 * Breaks a machine as its exercise says.
 * @throws LabError as `Shell.run`; `file`, and `checkpoint` for a command that fails
 */
export async function prepareExercise(
  commands: readonly string[],
  shell: Shell,
  signal?: AbortSignal,
): Promise<void> {
  const files = new FileTrouble([shell.machine]);
  try {
    for (const command of commands) {
      const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS, signal };
      const { exit, output } = await shell.run(command, options);
      files.refuse(command);
      if (exit !== 0)
        throw new LabError({
          code: "checkpoint",
          params: { command, exit: String(exit ?? "–"), output },
        });
    }
  } finally {
    files.dispose();
  }
}
