import { z } from "zod";
import { FileTrouble } from "./file-trouble.ts";
import { localisedSchema } from "./schema.ts";
import type { Shell } from "./shell.ts";

const commandLine = z.string().regex(/^[^\n\r]+$/, { error: "a command is one line" });

/** `src/content/exercises/<id>.yaml`: a task that the machine itself checks. */
export const exerciseSchema = z.strictObject({
  /** The machine it is done on. Example: `linux`. */
  machine: z.string(),
  /** What the reader is to bring about, and how it will be known. */
  task: localisedSchema,
  /** A nudge, for who asks for it. */
  hint: localisedSchema,
  /** Each is run as root, unseen, and must end with status 0. */
  checks: z
    .array(
      z.strictObject({
        run: commandLine,
        /** What holds when it does. */
        means: localisedSchema,
      }),
    )
    .min(1),
  /** Commands that do the task, for the answer key; a test runs them. */
  solution: z.array(commandLine).min(1),
  /** Why that is the answer. */
  because: localisedSchema,
});
export type Exercise = z.infer<typeof exerciseSchema>;

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
