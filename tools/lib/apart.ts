import { pathsOf } from "../guest/publish.ts";
import { readGuestManifest } from "./node-lab.ts";

/** The folder of the machines in a site. */
export const MACHINES = "images/guest";

/**
 * The files that only some machines need.
 * @param guest  the folder of the machines, with `manifest.json`
 * @param ids  of the machines; one that has not been built has no files
 * @returns by machine, paths below that folder: what a machine that is not among `ids` needs as well is
 *   in none
 */
export async function filesApart(
  guest: string,
  ids: readonly string[],
): Promise<Map<string, Set<string>>> {
  const { machines } = await readGuestManifest(guest);
  const all = Object.entries(machines).map(
    ([id, machine]) => [id, new Set(pathsOf(guest, id, machine))] as const,
  );
  const shared = new Set(
    all.filter(([id]) => !ids.includes(id)).flatMap(([, paths]) => [...paths]),
  );
  const apart = all.filter(([id]) => ids.includes(id));
  return new Map(apart.map(([id, paths]) => [id, paths.difference(shared)]));
}
