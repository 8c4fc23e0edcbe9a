import { z } from "zod";
import { type Control, controlSchema } from "./control-schema.ts";
import { parseRelation, relationNames } from "./relation.ts";
import {
  type Action,
  captureNames,
  commandLine,
  localisedSchema,
  stepSchema,
  terminalSchema,
} from "./step.ts";

const claimId = z.string().regex(/^[a-z][a-z0-9-]*$/);

/** A relation between captures that settles the experiment. */
export const findingSchema = z
  .strictObject({
    /** Example: `inside.hostname != outside.hostname`. Grammar in `relation.ts`. */
    that: z.string(),
    /** What it means that this holds. */
    because: localisedSchema,
    /** Which of the experiment's claims it settles; all of them where this is absent. */
    claims: z.array(claimId).min(1).optional(),
    /** Id of the control in which it comes out false. */
    control: z.string().optional(),
    /** Instead of one: why nothing can be taken away that would make it false. */
    uncontrolled: localisedSchema.optional(),
  })
  .refine(({ control, uncontrolled }) => control === undefined || uncontrolled === undefined, {
    error: 'a finding has either "control" or "uncontrolled"',
    path: ["uncontrolled"],
  });

/** `src/content/experiments/<id>/experiment.yaml` */
export const experimentSchema = z
  .strictObject({
    title: localisedSchema,
    /** What the reader will have seen at the end. */
    intent: localisedSchema,
    /** Ids of the claims the experiment bears on. Example: `ns-hide`. */
    claims: z.array(claimId).min(1),
    /** Container images (`guest/oci/`) its commands use. Example: `busybox`. */
    images: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).default([]),
    /**
     * What sets the scene. Every run starts at the first prompt of each machine with these commands,
     * which must succeed, and "Reset to checkpoint" goes back there: the machines' snapshots, where
     * they have one, and these commands again. Without any, the checkpoint is the prompt itself.
     */
    checkpoint: z.array(z.strictObject({ at: z.string(), run: commandLine })).default([]),
    /** Ids of two machines with a network card each, which a wire joins while the experiment runs. */
    wire: z.tuple([z.string(), z.string()]).optional(),
    /** The terminals by name, in the order they are shown. */
    terminals: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), terminalSchema),
    steps: z.array(stepSchema).min(1),
    /** All must hold for the experiment to succeed. */
    findings: z.array(findingSchema).min(1),
    /** The same without what it is about, by id, in the order they are shown. */
    controls: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), controlSchema).default({}),
  })
  .superRefine((experiment, context) => {
    const issue: Issue = (path, message) => context.addIssue({ code: "custom", path, message });
    checkTerminals(experiment, issue);
    const captured = checkSteps(experiment, issue);
    checkFindings(experiment, captured, issue);
    checkControls(experiment, captured, issue);
  });

type Issue = (path: (string | number)[], message: string) => void;
type Unchecked = z.infer<typeof experimentSchema>;

function checkTerminals(experiment: Unchecked, issue: Issue): void {
  const known = Object.keys(experiment.terminals).join(", ");
  const refuse = (path: (string | number)[], at: string | undefined) => {
    if (at !== undefined && !(at in experiment.terminals))
      issue([...path, "at"], `no terminal "${at}"; there are: ${known}`);
  };
  for (const list of ["checkpoint", "steps"] as const)
    for (const [index, { at }] of experiment[list].entries()) refuse([list, index], at);
  for (const [id, control] of Object.entries(experiment.controls)) {
    for (const [index, { at }] of (control.checkpoint ?? []).entries())
      refuse(["controls", id, "checkpoint", index], at);
    for (const [step, change] of Object.entries(control.steps))
      if (change !== null) refuse(["controls", id, "steps", step], change.at);
  }
  const machines = Object.values(experiment.terminals).map(({ machine }) => machine);
  for (const [index, machine] of (experiment.wire ?? []).entries())
    if (!machines.includes(machine))
      issue(
        ["wire", index],
        `no terminal is on machine "${machine}"; there are: ${machines.join(", ")}`,
      );
}

/** @returns the names of all values that its steps take */
function checkSteps({ steps }: Unchecked, issue: Issue): Set<string> {
  const captured = new Set<string>();
  const ids = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if (ids.has(step.id)) issue(["steps", index, "id"], `step id "${step.id}" is used twice`);
    ids.add(step.id);
    for (const name of captureNames(step)) {
      if (captured.has(name)) issue(["steps", index, "capture"], `"${name}" is captured twice`);
      captured.add(name);
    }
  }
  return captured;
}

function checkFindings(experiment: Unchecked, captured: Set<string>, issue: Issue): void {
  for (const [index, finding] of experiment.findings.entries()) {
    const path = ["findings", index, "that"];
    const relation = parseRelation(finding.that);
    if ("error" in relation) issue(path, relation.error);
    else
      for (const name of relationNames(relation))
        if (!captured.has(name)) issue(path, `no step captures "${name}"`);
    for (const claim of finding.claims ?? [])
      if (!experiment.claims.includes(claim))
        issue(["findings", index, "claims"], `"${claim}" is not among the experiment's claims`);
    if (finding.control !== undefined && !(finding.control in experiment.controls))
      issue(
        ["findings", index, "control"],
        `no control "${finding.control}"; there are: ${Object.keys(experiment.controls).join(", ")}`,
      );
  }
}

function checkControls(experiment: Unchecked, captured: Set<string>, issue: Issue): void {
  const ids = experiment.steps.map(({ id }) => id);
  for (const [id, control] of Object.entries(experiment.controls)) {
    if (!experiment.findings.some((finding) => finding.control === id))
      issue(
        ["controls", id],
        `no finding names it: write "control: ${id}" at those it makes false`,
      );
    for (const [step, change] of Object.entries(control.steps)) {
      const path = ["controls", id, "steps", step];
      if (!ids.includes(step)) issue(path, `no step "${step}"; there are: ${ids.join(", ")}`);
      for (const name of Object.keys(change?.capture ?? {}))
        if (!captured.has(name)) issue([...path, "capture"], `no step captures "${name}"`);
    }
  }
}

export type Experiment = z.infer<typeof experimentSchema>;
/** What a run and its verdict need of an experiment. */
export interface Procedure extends Pick<Experiment, "claims" | "checkpoint" | "wire"> {
  steps: Action[];
  findings: { that: string; control?: string | undefined }[];
}
/** What changes in a procedure when it is run as a control. */
export type Change = Omit<Control, "without">;
/** What a file may hold before defaults are filled in. */
export type ExperimentInput = z.input<typeof experimentSchema>;
