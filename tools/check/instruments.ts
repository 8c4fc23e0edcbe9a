import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { machinesOf, rolesOf } from "../../src/book/machines.ts";
import { instruments } from "../../src/lab/instruments/index.ts";
import { type Instrument, recordingSchema } from "../../src/lab/instruments/instrument.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { readGuestManifest } from "../lib/node-lab.ts";
import { GUEST, INSTRUMENTS } from "../lib/paths.ts";

/** Every instrument has a recording of today's machines, in today's form. */
export async function checkInstruments(): Promise<string[]> {
  const manifest = await readGuestManifest(GUEST);
  const troubles = instruments.map(async (instrument) =>
    (await troublesOf(instrument, manifest)).map(
      (why) => `${instrument.id}: ${why}: npm run record -- ${instrument.id}`,
    ),
  );
  const orphans = (await readdir(INSTRUMENTS))
    .filter((file) => !instruments.some(({ id }) => file === `${id}.json`))
    .map((file) => `instruments/${file} is of no instrument: delete it`);
  return [...(await Promise.all(troubles)).flat(), ...orphans];
}

async function troublesOf(instrument: Instrument, manifest: Manifest): Promise<string[]> {
  const { id, schema } = instrument;
  const roles = rolesOf(instrument);
  const text = await readFile(join(INSTRUMENTS, `${id}.json`), "utf8").catch(() => undefined);
  if (text === undefined) return ["has not been recorded"];
  const recording = recordingSchema.safeParse(JSON.parse(text));
  if (!recording.success) return [recording.error.issues[0]?.message ?? "is no recording"];
  if (!isDeepStrictEqual(recording.data.roles, roles))
    return ["src/content/machines.json gives its machines other roles now"];
  const data = schema.safeParse(recording.data.data);
  const stale = machinesOf(instrument, roles)
    .filter(
      (machine) =>
        recording.data.machines[machine]?.inputHash !== manifest.machines[machine]?.inputHash,
    )
    .map((machine) => `the machine ${machine} has changed since`);
  return data.success
    ? stale
    : [`its data: ${data.error.issues[0]?.path.join(".")}: ${data.error.issues[0]?.message}`];
}
