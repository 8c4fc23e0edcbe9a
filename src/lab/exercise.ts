import { z } from "zod";
import { commandLine, localisedSchema } from "./step.ts";

/** `src/content/exercises/<id>.yaml`: a task that the machine itself checks. */
export const exerciseSchema = z.strictObject({
  /** The machine it is done on. Example: `linux`. */
  machine: z.string(),
  /** What the reader is to bring about, and how it will be known. */
  task: localisedSchema,
  /** A nudge, for who asks for it. */
  hint: localisedSchema,
  /**
   * What breaks the machine that the reader is to find the fault of. Run as root, unseen, on the machine
   * at its checkpoint, when the reader asks for it; each must end with status 0.
   */
  prepare: z.array(commandLine).min(1).optional(),
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
  /**
   * Answers that are wrong in a way that is easily taken for right, as commands. A test types them one
   * after another, then the solution: after none of them may all checks hold.
   */
  wrong: z.array(z.array(commandLine).min(1)).min(3),
  /** Commands that do the task, for the answer key; a test runs them. */
  solution: z.array(commandLine).min(1),
  /** Why that is the answer. */
  because: localisedSchema,
});
export type Exercise = z.infer<typeof exerciseSchema>;
