import type { FindingResult } from "../../lab/judge.ts";

/** A finding's relation with the captured values in place of their names. */
export function withValues({ that, values }: Pick<FindingResult, "that" | "values">): string {
  // Longer names first: one name may be the beginning of another.
  const names = Object.keys(values).sort((a, b) => b.length - a.length);
  return names.reduce((text, name) => text.replaceAll(name, values[name] ?? name), that);
}
