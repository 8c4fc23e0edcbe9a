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
