import { LabError } from "./errors.ts";
import { FileTrouble } from "./file-trouble.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** Seconds that one command may take. */
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
  const results: boolean[] = [];
  // In a subshell, so that a check may end early.
  for await (const { exit } of running(
    checks.map((run) => `(${run})`),
    shell,
    signal,
  ))
    results.push(exit === 0);
  return results;
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
  for await (const { command, exit, output } of running(commands, shell, signal))
    if (exit !== 0)
      throw new LabError({
        code: "checkpoint",
        params: { command, exit: String(exit ?? "–"), output },
      });
}

/** Runs commands one after another; none counts that could not read a file. */
async function* running(
  commands: readonly string[],
  shell: Shell,
  signal: AbortSignal | undefined,
): AsyncGenerator<CommandResult & { command: string }> {
  const files = new FileTrouble([shell.machine]);
  try {
    for (const command of commands) {
      const options = { typingMs: 0, limitSeconds: LIMIT_SECONDS, signal };
      const result = await shell.run(command, options);
      files.refuse(command);
      yield { command, ...result };
    }
  } finally {
    files.dispose();
  }
}
