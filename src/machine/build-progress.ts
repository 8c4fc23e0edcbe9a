import { z } from "zod";
import { MachineError } from "./errors.ts";
import { type GuestSource, readText } from "./files.ts";

/**
 * Beside the manifest, while machines are being built or after that has failed: what the build says
 * of itself. `npm run guest` writes it, and takes it away at its end; no built site has it.
 */
export const BUILD_FILE = "building.json";

/** What a build does, in the order of one machine; `building.step.<name>` are their names for readers. */
export const buildSteps = [
  /** Another build has the cache: this one begins when that one has ended. */
  "waiting",
  /** Reading the recipes, installing missing system packages. */
  "preparing",
  "downloading",
  /** The tools and container images that machines read from outside. */
  "share",
  "kernel",
  /** The programs of the initial file system that are compiled. */
  "programs",
  /** The initial file system, and compressing all parts. */
  "assembling",
  /** The machine is there by now; it is booted once, to be saved at its prompt. */
  "snapshot",
] as const;

/** What stopped a build; `building.failed.<name>` say it, and what to do. */
export const buildTroubles = [
  /** System packages are missing and cannot be installed from here. */
  "packages",
  "download",
  "disk-full",
  /** The builder has ended without a word, or been ended. */
  "gone",
  "other",
] as const;

const stepSchema = z.enum(buildSteps);
const titleSchema = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const machineId = z.string().regex(/^[a-z][a-z0-9-]*$/);

const machineSchema = z.strictObject({
  /** The machine's name for readers, by language. */
  title: titleSchema,
  /** Whether the manifest has it: it can be started. */
  ready: z.boolean(),
  /** Of the time until it can be started, how much has passed: 0 to 1. */
  fraction: z.number().min(0).max(1),
  /** Estimated seconds until it can be started; null while that cannot be said. */
  secondsLeft: z.number().nonnegative().nullable(),
});

const fields = {
  /** Version of this format. */
  schema: z.literal(1),
  /** The builder's process. */
  pid: z.int().positive(),
  /** The machine that is being built, by id; null for what is not one machine's. */
  machine: machineId.nullable(),
  step: stepSchema,
  /** Every machine that is being built or was found built, by id, in the order in which they come. */
  machines: z.record(machineId, machineSchema),
};

/** `building.json`. */
export const buildFileSchema = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("running"),
    ...fields,
    /** Grows every second for as long as the builder lives, whatever it is doing. */
    beat: z.int().nonnegative(),
    /** While waiting: the process that has the cache. */
    waitsFor: z.int().positive().nullable(),
  }),
  z.strictObject({
    state: z.literal("failed"),
    ...fields,
    trouble: z.enum(buildTroubles),
    /** What the builder printed, its end at most: English, or what a program said. */
    reason: z.string().max(2000),
  }),
]);

export type BuildStep = (typeof buildSteps)[number];
export type BuildTrouble = (typeof buildTroubles)[number];
export type BuildFile = z.infer<typeof buildFileSchema>;

/** How far one machine is that is waited for. */
export interface BuildProgress {
  step: BuildStep;
  /** The machine that the step belongs to, by language; undefined for what is not one machine's. */
  at: { id: string; title: { zh: string; en: string } } | undefined;
  /** Of the time until this machine can be started, how much has passed: 0 to 1. */
  fraction: number;
  /** Estimated seconds until it can be started; undefined while that cannot be said. */
  secondsLeft: number | undefined;
  /** The process of another build that comes first. */
  waitsFor: number | undefined;
}

/** What a build says of itself; undefined where no build does, as on every built site. */
export async function readBuild(
  source: GuestSource,
  signal?: AbortSignal,
): Promise<BuildFile | undefined> {
  try {
    // Past every cache: it changes every second.
    const text = await readText(source, BUILD_FILE, { fresh: true, signal });
    return buildFileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a build means for one machine; undefined when it is not building that one. */
export function progressOf(file: BuildFile, id: string): BuildProgress | undefined {
  const wanted = file.machines[id];
  if (!wanted) return undefined;
  const at = file.machine === null ? undefined : file.machines[file.machine];
  return {
    step: file.step,
    at: at && { id: file.machine ?? "", title: at.title },
    fraction: wanted.fraction,
    secondsLeft: wanted.secondsLeft ?? undefined,
    waitsFor: (file.state === "running" && file.waitsFor) || undefined,
  };
}

/** A build that has failed, as the error of a machine that it should have built. */
export function buildError(
  id: string,
  { step, machine, pid, machines }: BuildFile,
  trouble: BuildTrouble,
  reason: string,
): MachineError {
  const at = (machine && machines[machine]?.title) || { zh: "", en: "" };
  const params = { id, step, trouble, reason, pid, atZh: at.zh, atEn: at.en };
  return new MachineError({ code: "build-failed", params });
}
