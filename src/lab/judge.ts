import { saysError } from "./errno.ts";
import { valueAtPath } from "./json-path.ts";
import { holds, parseRelation, relationNames } from "./relation.ts";
import type { Procedure } from "./schema.ts";
import type { CommandResult } from "./shell.ts";
import type { Action } from "./step.ts";

/** What one step did, and whether that was what the experiment expects. */
export interface StepResult {
  id: string;
  /** What was typed; a step that switches the machine off and on has typed nothing. */
  command: string;
  output: string;
  /** Exit status; null when the command started a shell that is still there, or nothing was typed. */
  exit: number | null;
  captures: Record<string, string>;
  /** Guest instructions of the step's machine, from Enter to the next prompt. */
  instructions: number;
  ok: boolean;
  /** What was not as expected; empty when `ok`. */
  problems: Problem[];
}

/** `code` selects the sentence `lab.problem.<code>`. */
export type Problem =
  | { code: "exit"; params: { expected: number; got: string } }
  | { code: "no-error"; params: { error: string; got: string } }
  | { code: "no-panic"; params: { got: string } }
  | { code: "no-match"; params: { pattern: string } }
  | { code: "match"; params: { pattern: string } }
  | { code: "no-capture"; params: { name: string; pattern: string } };

/** A finding with its verdict and the values it was judged by. */
export interface FindingResult {
  that: string;
  ok: boolean;
  values: Record<string, string>;
}

/** The end of a run. */
export interface Verdict {
  ok: boolean;
  findings: FindingResult[];
  claims: string[];
}

/** How Linux's `panic()` begins, in kernel/panic.c. */
const PANIC = /Kernel panic - not syncing/;

/** Holds one step's outcome against what the experiment expects of it. */
export function judgeStep(step: Action, { output, exit, instructions }: CommandResult): StepResult {
  const problems = problemsOf(step, output, exit);
  const captures: Record<string, string> = {};
  for (const [name, where] of Object.entries(step.capture ?? {})) {
    const value =
      typeof where === "string"
        ? new RegExp(where, "m").exec(output)?.[1]
        : valueAtPath(output, where.json);
    const pattern = typeof where === "string" ? where : where.json;
    if (value === undefined) problems.push({ code: "no-capture", params: { name, pattern } });
    else captures[name] = value;
  }
  if (step.measure !== undefined) captures[`${step.measure}.instructions`] = String(instructions);
  return {
    id: step.id,
    command: step.run ?? "",
    output,
    exit: exit ?? null,
    captures,
    instructions,
    ok: problems.length === 0,
    problems,
  };
}

function problemsOf(
  { run, expect = {} }: Action,
  output: string,
  exit: number | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const got = String(exit ?? "–");
  // A command of which nothing else is said succeeds, or starts a shell that is still there.
  const silent = run !== undefined && expect.error === undefined && !expect.panic;
  const expected = expect.exit ?? (silent && exit !== undefined ? 0 : undefined);
  if (expected !== undefined && expected !== exit)
    problems.push({ code: "exit", params: { expected, got } });
  if (expect.error !== undefined && (exit === 0 || !saysError(output, expect.error)))
    problems.push({ code: "no-error", params: { error: expect.error, got } });
  // Whoever panics never ends, so that a command which prints another's panic is none.
  if (expect.panic && (exit !== undefined || !PANIC.test(output)))
    problems.push({ code: "no-panic", params: { got } });
  for (const pattern of expect.match ?? [])
    if (!new RegExp(pattern, "m").test(output))
      problems.push({ code: "no-match", params: { pattern } });
  for (const pattern of expect.absent ?? [])
    if (new RegExp(pattern, "m").test(output))
      problems.push({ code: "match", params: { pattern } });
  return problems;
}

/** Judges a run: every step as expected, and every finding true. */
export function judge(procedure: Procedure, results: readonly StepResult[]): Verdict {
  const captures: Record<string, string> = Object.assign({}, ...results.map((r) => r.captures));
  const findings = procedure.findings.map(({ that }) => {
    const relation = parseRelation(that);
    if ("error" in relation) throw new Error(relation.error);
    const values = Object.fromEntries(
      relationNames(relation).flatMap((name) => {
        const value = captures[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return { that, ok: holds(relation, captures), values };
  });
  const complete = results.length === procedure.steps.length;
  const ok = complete && results.every((r) => r.ok) && findings.every((f) => f.ok);
  return { ok, findings, claims: procedure.claims };
}
