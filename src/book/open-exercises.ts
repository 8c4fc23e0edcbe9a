import { z } from "zod";
import { localisedSchema } from "../lab/schema.ts";

/**
 * `src/content/answers/<chapter>.yaml`: answers to its numbered exercises, in their order. They are
 * printed in the answer key; what is between backquotes is a command or a name.
 */
export const answersSchema = z.array(localisedSchema).min(1);

/** The numbered exercises of a chapter's source, as written there: those before the machine's own. */
export function openExercises(source: string): string[] {
  const section = source.split(/^## /m).find((part) => part.includes("<Exercise ")) ?? "";
  return [...section.matchAll(/^\d+\. (.+)$/gm)].map(([, task = ""]) => task);
}
