import { z } from "zod";
import { localisedSchema } from "./step.ts";

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
