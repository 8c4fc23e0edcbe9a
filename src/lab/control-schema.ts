import { z } from "zod";
import { captureName, captureSchema, commandLine, localisedSchema } from "./step.ts";

/** Another command for a step, and where its values are then. What is absent stays as it was. */
const changedStepSchema = z.strictObject({
  run: commandLine.optional(),
  at: z.string().optional(),
  capture: z.record(captureName, captureSchema).optional(),
});

/**
 * The same experiment with the mechanism taken away. The findings that name it must come out false, by
 * values that were all there: what cannot be told proves nothing.
 */
export const controlSchema = z
  .strictObject({
    /** What is taken away, so that a heading can say it. Example: `Without a namespace of its own`. */
    without: localisedSchema,
    /** By the ids of steps: another command, or `null` for a step that is left out. */
    steps: z
      .record(
        z.string(),
        z.union([
          commandLine.transform((run): z.infer<typeof changedStepSchema> => ({ run })),
          changedStepSchema,
          z.null(),
        ]),
      )
      .default({}),
    /** Other commands to set the scene, in place of all of the experiment's. */
    checkpoint: z.array(z.strictObject({ at: z.string(), run: commandLine })).optional(),
  })
  .refine(({ steps, checkpoint }) => checkpoint !== undefined || Object.keys(steps).length > 0, {
    error: "it changes nothing: give it steps or a checkpoint",
    path: ["steps"],
  });

export type Control = z.infer<typeof controlSchema>;
