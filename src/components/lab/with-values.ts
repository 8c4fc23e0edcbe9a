import type { FindingResult } from "../../lab/judge.ts";

/** A quoted text of a relation, or the name of a capture. */
const QUOTED_OR_NAME = /"[^"]*"|[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+/g;

/** A finding's relation with the captured values, as they were printed, in place of their names. */
export function withValues({ that, values }: Pick<FindingResult, "that" | "values">): string {
  // All at once: a value may itself look like a name, and what is quoted is no name.
  return that.replaceAll(QUOTED_OR_NAME, (part) =>
    Object.hasOwn(values, part) ? (values[part] ?? part) : part,
  );
}
