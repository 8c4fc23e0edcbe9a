import { z } from "zod";
import { localisedSchema } from "../lab/step.ts";
import { childrenOf, type Mdx, partsBelow, sourceOf } from "./mdx.ts";
import { sectionsOf } from "./sections.ts";

/**
 * `src/content/answers/<chapter>.yaml`: answers to its numbered exercises, in their order. They are
 * printed in the answer key; what is between backquotes is a command or a name.
 */
export const answersSchema = z.array(localisedSchema).min(1);

/** The numbered exercises of a chapter, as written there: those in the section of the machine's own. */
export function openExercises(mdx: Mdx): string[] {
  const section = sectionsOf(mdx).find(({ nodes }) =>
    nodes.flatMap(partsBelow).some(({ name }) => name === "Exercise"),
  );
  const lists = section?.nodes.filter((node) => node.type === "list" && node.ordered) ?? [];
  return lists.flatMap(childrenOf).map((item) =>
    childrenOf(item)
      .map((part) => sourceOf(mdx, part).replaceAll(/\s*\n\s*/g, " "))
      .join(" "),
  );
}
