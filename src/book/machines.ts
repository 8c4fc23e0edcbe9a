import { readdirSync } from "node:fs";
import { z } from "zod";
import data from "../content/machines.json" with { type: "json" };
import { type Instrument, machineId, type Roles } from "../lab/instruments/instrument.ts";

const FILE = "src/content/machines.json";

/** `src/content/machines.json`: which machine of `guest/machines/` does what. Code knows no name. */
const machinesSchema = z.strictObject({
  /** By instrument: its roles, as its own schema in `src/lab/instruments/` has them. */
  instruments: z.record(z.string(), z.record(z.string(), z.unknown())),
  /**
   * What `npm run bench` measures: our machine, the distribution's kernel beside it, and the machine
   * that has a container engine.
   */
  bench: z.strictObject({ machine: machineId, distribution: machineId, engine: machineId }),
  /**
   * Machines that are large: a book that is kept for reading without a network has them only where
   * the reader asks for them, and so has an archive of it.
   */
  apart: z.array(machineId),
});
const machines = machinesSchema.parse(data);

export type BenchRoles = z.infer<typeof machinesSchema>["bench"];

/** Content names a machine that there is not, or a role that nobody has. */
export class WrongMachineError extends Error {
  override readonly name = "WrongMachineError";
}

/** Attributes of an instrument's tag, and how to tell an author where it stands. */
export interface Place {
  /** The file that it stands in, or the page. Example: `src/content/docs/en/rings.mdx`. */
  file: string;
  /** What its tag says beside its heading; what is undefined is not said. */
  attributes: Readonly<Record<string, unknown>>;
}

/** Ids of all machines that have a recipe in `guest/machines/`, built or not, sorted. */
export function machineIds(): string[] {
  // From the checkout's root, not from this file: a build bundles this module somewhere else.
  return readdirSync(`${process.cwd()}/guest/machines`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** Why a name is no machine's, if it is none. @param known  ids of those that there are */
export function machineTrouble(
  id: string,
  known: readonly string[] = machineIds(),
): string | undefined {
  if (known.includes(id)) return undefined;
  return `"${id}" is not a machine; there are: ${known.join(", ")}`;
}

/**
 * Machines that are named and do not exist, as a sentence each.
 * @param named  by field: `{ "terminals.here.machine": "linux" }`
 */
export function unknownMachines(
  file: string,
  named: Readonly<Record<string, string>>,
  known: readonly string[] = machineIds(),
): string[] {
  return Object.entries(named).flatMap(([field, id]) => {
    const trouble = machineTrouble(id, known);
    return trouble === undefined ? [] : [`${file}: ${field}: ${trouble}`];
  });
}

/**
 * Which machine does what for an instrument: as the content says, and where a place says otherwise,
 * as the place does.
 * @throws WrongMachineError with file, field, what is there, and what may be
 */
export function rolesOf<Has extends Roles>(
  instrument: Instrument<unknown, Has>,
  place?: Place,
): Has {
  const { id } = instrument;
  const stated = parse(instrument, machines.instruments[id], FILE, `instruments.${id}`);
  if (!place) return stated;
  const said = Object.entries(place.attributes).filter(([, value]) => value !== undefined);
  return parse(instrument, { ...stated, ...Object.fromEntries(said) }, place.file, tagOf(id));
}

/** Ids of the machines that an instrument looks at, each once. */
export function machinesOf<Has extends Roles>(
  instrument: Instrument<unknown, Has>,
  roles: Has,
): string[] {
  return [...new Set(Object.values(instrument.machines(roles)))];
}

/** The machines that the bench measures. @throws WrongMachineError */
export function benchRoles(): BenchRoles {
  orThrow(unknownMachines(FILE, prefixed("bench", machines.bench)));
  return machines.bench;
}

/** The machines that a book without a network has only where they are asked for. @throws WrongMachineError */
export function machinesApart(): readonly string[] {
  const named = machines.apart.map((id, at) => [`apart.${at}`, id] as const);
  orThrow(unknownMachines(FILE, Object.fromEntries(named)));
  return machines.apart;
}

/** What is wrong in `src/content/machines.json` beyond each instrument's own part. */
export function strayRoles(instruments: readonly Pick<Instrument, "id">[]): string[] {
  const known = instruments.map(({ id }) => id);
  return Object.keys(machines.instruments)
    .filter((id) => !known.includes(id))
    .map((id) => `${FILE}: instruments: "${id}" is no instrument; there are: ${known.join(", ")}`);
}

function parse<Has extends Roles>(
  { roles, machines }: Instrument<unknown, Has>,
  value: unknown,
  file: string,
  field: string,
): Has {
  const parsed = roles.safeParse(value ?? {});
  if (!parsed.success)
    throw new WrongMachineError(
      parsed.error.issues.map((issue) => complaint(issue, roles.shape, file, field)).join("\n"),
    );
  orThrow(unknownMachines(file, prefixed(field, machines(parsed.data))));
  return parsed.data;
}

function complaint(issue: z.core.$ZodIssue, shape: object, file: string, field: string): string {
  const where = `${file}: ${[field, ...issue.path].join(".")}`;
  if (issue.code !== "unrecognized_keys" || issue.path.length > 0)
    return `${where}: ${issue.message}`;
  const allowed = Object.keys(shape).join(", ");
  return issue.keys
    .map((key) => `${where}: there is no "${key}"; there are: ${allowed}`)
    .join("\n");
}

function prefixed(prefix: string, fields: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(fields).map(([field, id]) => [`${prefix}.${field}`, id]),
  );
}

function orThrow(troubles: readonly string[]): void {
  if (troubles.length > 0) throw new WrongMachineError(troubles.join("\n"));
}

/** `ring-meter` → `<RingMeter>`. */
function tagOf(id: string): string {
  const name = id.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return `<${name}>`;
}
