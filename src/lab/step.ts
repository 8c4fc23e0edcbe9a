import { z } from "zod";
import { ERROR_NAMES } from "./errno.ts";
import { isJsonPath } from "./json-path.ts";

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
export const captureName = z.string().regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)+$/, {
  error: "a capture is named <view>.<value>, for example inside.hostname",
});

export const commandLine = z.string().regex(/^[^\n\r]+$/, { error: "a command is one line" });

function hasOneGroup(pattern: string): boolean {
  try {
    return new RegExp(`${pattern}|`).exec("")?.length === 2;
  } catch {
    // Refused already, as no regular expression.
    return true;
  }
}

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
  /**
   * Exit status the command must end with. A shell that was only started has none. Where neither this
   * nor `error` nor `panic` is said, the command must succeed or start a shell.
   */
  exit: z.int().min(0).max(255).optional(),
  /** The command must fail, and say that the system call failed so. Example: `EPERM`. */
  error: z.enum(ERROR_NAMES).optional(),
  /**
   * The command must make its machine's kernel panic; the step's output is then the end of the
   * kernel's console. The machine is off until a step with `power: cycle`.
   */
  panic: z.literal(true).optional(),
  /** Regular expressions (flag `m`) that the output must match. */
  match: z.array(regex).min(1).optional(),
  /** Regular expressions (flag `m`) that the output must not match. */
  absent: z.array(regex).min(1).optional(),
});

/** Where in a step's output a value is. */
export const captureSchema = z.union([
  /** A regular expression (flag `m`) with one group. Example: `'^(\\S+)$'`. */
  regex.refine(hasOneGroup, { error: "a capture's pattern has exactly one group" }),
  z.strictObject({
    /**
     * The output is JSON: a path (RFC 9535) that selects exactly one text, number or truth value.
     * Example: `$.layers[0].digest`.
     */
    json: z.string().refine(isJsonPath, { error: "not a JSON path as RFC 9535 has them" }),
  }),
]);

/** A question asked before a step is run, so that the reader has something at stake. */
export const predictionSchema = z
  .strictObject({
    question: localisedSchema,
    /** Two to five answers, one of them right. */
    choices: z
      .array(z.strictObject({ text: localisedSchema, right: z.literal(true).optional() }))
      .min(2)
      .max(5),
    /** Shown once the step has been run: why the right answer is right. */
    because: localisedSchema,
  })
  .refine(({ choices }) => choices.filter(({ right }) => right).length === 1, {
    error: "exactly one choice is right",
    path: ["choices"],
  });

/** Guest instructions, in millions, after which a command is taken for one that never ends. */
const LIMIT_MILLIONS = 1000;

/** One command, and why the reader should care. */
export const stepSchema = z
  .strictObject({
    /** Unique within the experiment. Example: `rename`. */
    id: z.string().regex(/^[a-z][a-z0-9-]*$/),
    /** Name of the terminal, from `terminals`. */
    at: z.string(),
    /** The command, typed as it stands and ended with Enter. One line. */
    run: commandLine.optional(),
    /**
     * Instead of a command: the terminal's machine is switched off, and on until its prompt; or it is
     * restored from its snapshot.
     */
    power: z.enum(["cycle", "restore"]).optional(),
    /** What the command does and what to look for. */
    explain: localisedSchema,
    predict: predictionSchema.optional(),
    expect: expectationSchema.optional(),
    /** Values to take from the output, by name. */
    capture: z.record(captureName, captureSchema).optional(),
    /**
     * Takes what the step cost as `<measure>.instructions`: guest instructions of its machine, from
     * Enter to the next prompt. Example: `boot`.
     */
    measure: z
      .string()
      .regex(/^[a-z][A-Za-z0-9]*$/)
      .optional(),
    /** Seconds the command may take on a machine that is not paused. */
    limitSeconds: z.number().positive().max(600).default(30),
    /** Millions of guest instructions the command may take. */
    limitMillions: z.number().positive().max(20_000).default(LIMIT_MILLIONS),
  })
  .refine(({ run, power }) => (run === undefined) !== (power === undefined), {
    error: 'a step has either "run" or "power"',
    path: ["run"],
  });

/** Every value a step takes. */
export function captureNames(step: Pick<Step, "capture" | "measure">): string[] {
  const measured = step.measure === undefined ? [] : [`${step.measure}.instructions`];
  return [...Object.keys(step.capture ?? {}), ...measured];
}

export type Localised = z.infer<typeof localisedSchema>;
export type Language = keyof Localised;
export type Step = z.infer<typeof stepSchema>;
export type Prediction = z.infer<typeof predictionSchema>;
/** What a step does and how it is judged, without what is said of it. */
export type Action = Omit<Step, "explain" | "predict">;
