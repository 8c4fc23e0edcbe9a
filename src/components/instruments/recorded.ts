import { getEntry } from "astro:content";
import type { Instrument } from "../../lab/instruments/instrument.ts";
import { dayOf } from "../../ui/strings.ts";

/** A recording as an instrument's picture needs it. */
export interface Recorded<Data> {
  /** `2026-11-24`. */
  date: string;
  /** Machines it shows, with the first digits of their input hashes: `linux ec48bfdd`. */
  machines: string;
  data: Data;
}

/** Digits of a hash that tell machines apart at a glance. */
const SHORT_HASH = 8;

/** The recording of an instrument. Build time only. @throws Error when there is none */
export async function recordedOf<Data>({
  id,
  schema,
}: Pick<Instrument<Data>, "id" | "schema">): Promise<Recorded<Data>> {
  const entry = await getEntry("instruments", id);
  if (!entry) throw new Error(`${id} has not been recorded: npm run record -- ${id}`);
  const machines = Object.entries(entry.data.machines)
    .map(([name, { inputHash }]) => `${name} ${inputHash.slice(0, SHORT_HASH)}`)
    .join(", ");
  return { date: dayOf(entry.data.recorded), machines, data: schema.parse(entry.data.data) };
}
