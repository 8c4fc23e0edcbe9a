import { readFile } from "node:fs/promises";
import { type GuestMachine, manifestSchema } from "../../machine/manifest.ts";

const MANIFEST = "public/images/guest/manifest.json";

/** What starting machines downloads, engine included, and whether they need not boot for it. */
export interface StartCost {
  /** Bytes before the prompt. */
  bytes: number;
  /** Whether every one of them has a snapshot to start from. */
  restorable: boolean;
}

/**
 * What a reader downloads before the prompt of these machines. Build time only.
 * @throws Error naming the command to run when the machines have not been built
 */
export async function startCost(machines: readonly string[]): Promise<StartCost> {
  const text = await readFile(MANIFEST, "utf8").catch(() => {
    throw new Error(`${MANIFEST} is missing: run "npm run guest" first`);
  });
  const manifest = manifestSchema.parse(JSON.parse(text));
  const records = machines.map((id) => {
    const machine = manifest.machines[id];
    if (!machine) throw new Error(`${MANIFEST} has no machine "${id}": run "npm run guest"`);
    return machine;
  });
  const bytes = records.reduce((sum, each) => sum + startBytes(each), manifest.engine.wasm.size);
  return { bytes, restorable: records.every(({ snapshot }) => snapshot !== undefined) };
}

function startBytes({ files, snapshot }: GuestMachine): number {
  const index = "share" in files ? (files.share?.size ?? 0) : 0;
  if (snapshot) return snapshot.state.size + index;
  return Object.values(files).reduce((sum, file) => sum + (file?.size ?? 0), 0);
}
