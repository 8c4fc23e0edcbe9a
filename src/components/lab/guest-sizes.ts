import { readFile } from "node:fs/promises";
import { manifestSchema } from "../../machine/manifest.ts";

const MANIFEST = "public/images/guest/manifest.json";

/**
 * Bytes a reader downloads before the prompt of these machines, engine included. Build time only.
 * @throws Error naming the command to run when the machines have not been built
 */
export async function downloadBytes(machines: readonly string[]): Promise<number> {
  const text = await readFile(MANIFEST, "utf8").catch(() => {
    throw new Error(`${MANIFEST} is missing: run "npm run guest" first`);
  });
  const manifest = manifestSchema.parse(JSON.parse(text));
  const sizes = machines.map((id) => {
    const machine = manifest.machines[id];
    if (!machine) throw new Error(`${MANIFEST} has no machine "${id}": run "npm run guest"`);
    return Object.values(machine.files).reduce((sum, file) => sum + (file?.size ?? 0), 0);
  });
  return sizes.reduce((sum, size) => sum + size, manifest.engine.wasm.size);
}
