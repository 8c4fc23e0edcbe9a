import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Language } from "../../lab/step.ts";
import { type GuestMachine, type Manifest, manifestSchema } from "../../machine/manifest.ts";

const MANIFEST = "public/images/guest/manifest.json";
/** Where a machine is described before it is built. */
const RECIPES = "guest/machines";

/** What a page says of a machine before it is started. */
export interface MachineFacts {
  title: string;
  /** Bytes to download before the prompt, engine included; undefined while it is not built. */
  bytes: number | undefined;
  /** The files that these are, and the bytes of each, by their paths below the machines' folder. */
  files: Readonly<Record<string, number>>;
  /** The machine's memory, in MiB. */
  memoryMiB: number;
  /** Whether it has a snapshot to start from, or gets one. */
  restorable: boolean;
}

/**
 * The machines that have been built, as they are now. On the server only.
 * @returns undefined when there are none, or only such as an earlier book has built, which `npm start`
 *   alone allows: it builds them meanwhile
 * @throws Error naming the command to run
 */
export async function builtMachines(): Promise<Manifest | undefined> {
  const text = await readFile(MANIFEST, "utf8").catch(() => "null");
  const { data } = manifestSchema.safeParse(JSON.parse(text));
  if (data || import.meta.env.DEV) return data;
  throw new Error(`${MANIFEST} is missing, or of an earlier format: run "npm run guest" first`);
}

/**
 * What a reader should know of these machines, by id. On the server only.
 * @throws Error naming the command to run when one has not been built, except while developing
 */
export async function machineFacts(
  ids: readonly string[],
  lang: Language,
): Promise<Record<string, MachineFacts>> {
  const manifest = await builtMachines();
  const facts = ids.map(async (id) => {
    const machine = manifest?.machines[id];
    if (!manifest || !machine) return [id, await factsOfRecipe(id, lang)] as const;
    const files = startFiles(manifest, machine);
    const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
    const { title, snapshot, memoryMiB } = machine;
    const restorable = snapshot !== undefined;
    return [id, { title: title[lang], bytes, files, memoryMiB, restorable }] as const;
  });
  return Object.fromEntries(await Promise.all(facts));
}

/** What a start downloads: the engine, and the snapshot with its index or all that a boot needs. */
function startFiles({ engine }: Manifest, { files, snapshot }: GuestMachine) {
  const index = "share" in files ? files.share : undefined;
  const own = snapshot ? [snapshot.state, index] : Object.values(files);
  const all = [engine.wasm, ...own].filter((file) => file !== undefined);
  return Object.fromEntries(all.map(({ path, size }) => [path, size]));
}

/** Of a recipe, what is said before the machine is there; `npm run guest` checks the whole of it. */
const recipeSchema = z.object({
  title: z.object({ zh: z.string(), en: z.string() }),
  memoryMiB: z.int(),
  /** Whether there is one, or what is done before it. */
  snapshot: z.union([z.boolean(), z.looseObject({})]).default(false),
});

async function factsOfRecipe(id: string, lang: Language): Promise<MachineFacts> {
  const missing = `${MANIFEST} has no machine "${id}": run "npm run guest"`;
  if (!import.meta.env.DEV) throw new Error(missing);
  const text = await readFile(`${RECIPES}/${id}.json`, "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`${missing}; ${RECIPES}/ has no such machine, either`);
  const { title, memoryMiB, snapshot } = recipeSchema.parse(JSON.parse(text));
  return {
    title: title[lang],
    bytes: undefined,
    files: {},
    memoryMiB,
    restorable: snapshot !== false,
  };
}
