import { z } from "zod";
import { parseRelation, relationNames } from "./relation.ts";

/** The same text in both languages of the book. Neither is the source of the other. */
export const localisedSchema = z.strictObject({
  /** 简体中文 */
  zh: z.string().trim().min(1),
  /** English */
  en: z.string().trim().min(1),
});

const regex = z.string().refine(
  (pattern) => {
    try {
      return new RegExp(pattern, "m") !== null;
    } catch {
      return false;
    }
  },
  { error: "not a valid regular expression" },
);

/** Name of a value that a step takes from its output: `inside.hostname`. */
const captureName = z.string().regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)+$/, {
  error: "a capture is named <view>.<value>, for example inside.hostname",
});

/** A terminal the experiment types into. */
export const terminalSchema = z.strictObject({
  /** Id of the machine in the guest manifest. Example: `linux`. */
  machine: z.string(),
  /** Which of the terminals, 0 to 2 (port 3 is the agent's). Terminal 0 is where the boot ends. */
  port: z.int().min(0).max(2),
  /** Heading above the terminal. */
  label: localisedSchema,
});

/** What must be true of one step's command. */
export const expectationSchema = z.strictObject({
  /** Exit status the command must end with. A shell that was only started has none. */
  exit: z.int().min(0).max(255).optional(),
  /** Regular expressions (flag `m`) that the output must match. */
  match: z.array(regex).min(1).optional(),
});

/** One command, and why the reader should care. */
export const stepSchema = z.strictObject({
  /** Unique within the experiment. Example: `rename`. */
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Name of the terminal, from `terminals`. */
  at: z.string(),
  /** The command, typed as it stands and ended with Enter. One line. */
  run: z.string().regex(/^[^\n\r]+$/, { error: "a command is one line" }),
  /** What the command does and what to look for. */
  explain: localisedSchema,
  expect: expectationSchema.optional(),
  /** Values to take from the output: name → regular expression (flag `m`) with one group. */
  capture: z.record(captureName, regex).optional(),
  /** Seconds the command may take on a machine that is not paused. */
  limitSeconds: z.number().positive().max(600).default(30),
});

/** A relation between captures that settles the experiment. */
export const findingSchema = z.strictObject({
  /** Example: `inside.hostname != outside.hostname`. Grammar in `relation.ts`. */
  that: z.string(),
  /** What it means that this holds. */
  because: localisedSchema,
});

/** `src/content/experiments/<id>/experiment.yaml` */
export const experimentSchema = z
  .strictObject({
    title: localisedSchema,
    /** What the reader will have seen at the end. */
    intent: localisedSchema,
    /** Ids of the claims the experiment bears on. Example: `ns-hide`. */
    claims: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
    /** The terminals by name, in the order they are shown. */
    terminals: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), terminalSchema),
    steps: z.array(stepSchema).min(1),
    /** All must hold for the experiment to succeed. */
    findings: z.array(findingSchema).min(1),
  })
  .superRefine((experiment, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const captured = new Set<string>();
    const ids = new Set<string>();
    for (const [index, step] of experiment.steps.entries()) {
      if (!(step.at in experiment.terminals)) {
        const known = Object.keys(experiment.terminals).join(", ");
        issue(["steps", index, "at"], `no terminal "${step.at}"; there are: ${known}`);
      }
      if (ids.has(step.id)) issue(["steps", index, "id"], `step id "${step.id}" is used twice`);
      ids.add(step.id);
      for (const name of Object.keys(step.capture ?? {})) captured.add(name);
    }
    for (const [index, finding] of experiment.findings.entries()) {
      const path = ["findings", index, "that"];
      const relation = parseRelation(finding.that);
      if ("error" in relation) issue(path, relation.error);
      else
        for (const name of relationNames(relation))
          if (!captured.has(name)) issue(path, `no step captures "${name}"`);
    }
  });

export type Localised = z.infer<typeof localisedSchema>;
export type Step = z.infer<typeof stepSchema>;
export type Experiment = z.infer<typeof experimentSchema>;
/** What a file may hold before defaults are filled in. */
export type ExperimentInput = z.input<typeof experimentSchema>;
export type Language = keyof Localised;
