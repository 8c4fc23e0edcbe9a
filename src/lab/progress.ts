import * as z from "zod/mini";

/** What a reader did with one experiment. */
const experienceSchema = z.strictObject({
  /** Step id → index of the choice that the reader made before the step was run. */
  predictions: z.optional(z.record(z.string(), z.number().check(z.int(), z.nonnegative()))),
  /** How the last complete run ended, and when (UTC). */
  verdict: z.optional(z.strictObject({ ok: z.boolean(), at: z.string() })),
  /** What the reader wrote down. */
  notes: z.optional(z.string()),
});

/**
 * Version of the format. It goes up with every change, also where something is only added: by it an
 * older page that is still open in some tab knows to leave alone what it cannot read.
 */
const SCHEMA = 1;

/** All that the book remembers of a reader, in the reader's own browser or in an exported file. */
const progressSchema = z.strictObject({
  format: z.literal("one-kernel-progress"),
  schema: z.literal(SCHEMA),
  experiments: z.record(z.string(), experienceSchema),
});

export type Experience = z.infer<typeof experienceSchema>;
export type Progress = z.infer<typeof progressSchema>;

export const NO_PROGRESS: Progress = {
  format: "one-kernel-progress",
  schema: SCHEMA,
  experiments: {},
};

/** Turns what version n stored into what version n + 1 stores. */
const MIGRATIONS: Readonly<Record<number, (stored: Record<string, unknown>) => unknown>> = {
  // Before there was a `format`, experiments were kept by id at the top.
  0: ({ schema: _, ...experiments }) => ({ ...NO_PROGRESS, experiments }),
};

/** What a text turned out to be. */
export type ReadProgress =
  | { kind: "progress"; progress: Progress }
  /** Progress that a later version of the book has stored, and only that can read. */
  | { kind: "newer" }
  /** Something else, or damaged: the text should be kept, it may be of use elsewhere. */
  | { kind: "unknown" };

/** Reads stored progress of this or an older version. */
export function readProgress(text: string): ReadProgress {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return { kind: "unknown" };
  }
  if (versionOf(stored) > SCHEMA) return { kind: "newer" };
  for (let version = versionOf(stored); version in MIGRATIONS; version++)
    stored = MIGRATIONS[version]?.(stored as Record<string, unknown>);
  const { data } = progressSchema.safeParse(stored);
  return data ? { kind: "progress", progress: data } : { kind: "unknown" };
}

function versionOf(stored: unknown): number {
  const schema = (stored as { schema?: unknown } | null)?.schema;
  return typeof schema === "number" ? schema : Number.NaN;
}

/**
 * Joins two readers' pasts, such as this browser's and an imported file's. Nothing is lost: what only
 * one has is kept, notes that differ are put below each other, of two verdicts the later one counts,
 * and of two predictions that of `here`.
 */
export function mergeProgress(here: Progress, other: Progress): Progress {
  const ids = new Set([...Object.keys(here.experiments), ...Object.keys(other.experiments)]);
  const merged = [...ids].map((id) => [
    id,
    mergeExperience(here.experiments[id] ?? {}, other.experiments[id] ?? {}),
  ]);
  return { ...NO_PROGRESS, experiments: Object.fromEntries(merged) };
}

function mergeExperience(here: Experience, other: Experience): Experience {
  const predictions = { ...other.predictions, ...here.predictions };
  const [verdict] = [here.verdict, other.verdict]
    .filter((each) => each !== undefined)
    .sort((a, b) => b.at.localeCompare(a.at));
  const notes = mergeNotes(here.notes, other.notes);
  return {
    ...(Object.keys(predictions).length > 0 && { predictions }),
    ...(verdict && { verdict }),
    ...(notes && { notes }),
  };
}

function mergeNotes(here = "", other = ""): string {
  if (here.includes(other)) return here;
  return other.includes(here) ? other : `${here}\n\n${other}`;
}
