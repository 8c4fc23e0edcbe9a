import type { Experiment } from "../../src/lab/schema.ts";
import { EXPERIMENTS } from "../lib/paths.ts";
import { loadExperiments } from "./content.ts";

/** Every finding has a control that makes it false, or says why there can be none. */
export async function checkControls(): Promise<string[]> {
  const experiments = await loadExperiments(EXPERIMENTS);
  return [...experiments].flatMap(([id, experiment]) => withoutControl(id, experiment));
}

/** The findings of one experiment that nothing could make false, as far as its file says. */
export function withoutControl(id: string, { findings }: Pick<Experiment, "findings">): string[] {
  return findings
    .filter(({ control, uncontrolled }) => control === undefined && !uncontrolled)
    .map(
      ({ that }) =>
        `${id}: "${that}" has no control: add "control" with what makes it false, or "uncontrolled" with why nothing can`,
    );
}
