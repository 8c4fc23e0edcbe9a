import { readFile } from "node:fs/promises";
import type { Language } from "../../lab/schema.ts";
import { type GuestMachine, manifestSchema } from "../../machine/manifest.ts";

const MANIFEST = "public/images/guest/manifest.json";

/** What a page says of a machine before it is started. */
export interface MachineFacts {
  title: string;
  /** Bytes to download before the prompt, engine included. */
  bytes: number;
  /** Whether it has a snapshot to start from. */
  restorable: boolean;
}

/**
 * What a reader should know of these machines, by id. Build time only.
 * @throws Error naming the command to run when the machines have not been built
 */
export async function machineFacts(
  ids: readonly string[],
  lang: Language,
): Promise<Record<string, MachineFacts>> {
  const text = await readFile(MANIFEST, "utf8").catch(() => {
    throw new Error(`${MANIFEST} is missing: run "npm run guest" first`);
  });
  const manifest = manifestSchema.parse(JSON.parse(text));
  const facts = ids.map((id) => {
    const machine = manifest.machines[id];
    if (!machine) throw new Error(`${MANIFEST} has no machine "${id}": run "npm run guest"`);
    const bytes = manifest.engine.wasm.size + startBytes(machine);
    const { title, snapshot } = machine;
    return [id, { title: title[lang], bytes, restorable: snapshot !== undefined }] as const;
  });
  return Object.fromEntries(facts);
}

function startBytes({ files, snapshot }: GuestMachine): number {
  const index = "share" in files ? (files.share?.size ?? 0) : 0;
  if (snapshot) return snapshot.state.size + index;
  return Object.values(files).reduce((sum, file) => sum + (file?.size ?? 0), 0);
}
