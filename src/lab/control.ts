import { type FindingResult, judge, type StepResult } from "./judge.ts";
import { parseRelation, relationNames } from "./relation.ts";
import type { Change, Procedure } from "./schema.ts";
import { type Action, captureNames } from "./step.ts";

/** What a control showed. */
export interface ControlVerdict {
  /** Whether every finding came out false, by values that were all there. */
  ok: boolean;
  findings: FindingResult[];
  /** Values that no step gave, so that a finding could not be told. */
  missing: string[];
}

/**
 * The procedure of a control: the experiment's with its change, the findings that name it, and no step
 * after the last value that they need. What a step must print is not asked for, since that may be just
 * what the mechanism brings about; a kernel that was to panic still may.
 */
export function controlled(procedure: Procedure, id: string, change: Change): Procedure {
  const findings = procedure.findings.filter(({ control }) => control === id);
  const needed = new Set(findings.flatMap(({ that }) => namesOf(that)));
  const steps = procedure.steps.flatMap((step) => changed(step, change.steps[step.id]));
  const last = steps.findLastIndex((step) => captureNames(step).some((name) => needed.has(name)));
  return {
    ...procedure,
    checkpoint: change.checkpoint ?? procedure.checkpoint,
    steps: steps.slice(0, last + 1),
    findings,
  };
}

function changed(step: Action, change: Change["steps"][string] | undefined): Action[] {
  if (change === null) return [];
  const { expect, ...rest } = step;
  const panic = change?.run === undefined && expect?.panic;
  return [
    {
      ...rest,
      ...(panic && { expect: { panic } }),
      ...(change?.run !== undefined && { run: change.run, power: undefined }),
      ...(change?.at !== undefined && { at: change.at }),
      ...(change?.capture && { capture: { ...step.capture, ...change.capture } }),
    },
  ];
}

/** Judges the run of a control's procedure. */
export function judgeControl(procedure: Procedure, results: readonly StepResult[]): ControlVerdict {
  const { findings } = judge(procedure, results);
  const missing = findings.flatMap(({ that, values }) =>
    namesOf(that).filter((name) => !(name in values)),
  );
  const ok = missing.length === 0 && findings.length > 0 && findings.every((each) => !each.ok);
  return { ok, findings, missing: [...new Set(missing)] };
}

function namesOf(that: string): string[] {
  const relation = parseRelation(that);
  return "error" in relation ? [] : relationNames(relation);
}
