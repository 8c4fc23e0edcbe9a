import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { BUILD_FILE } from "../../src/machine/build-progress.ts";
import { run } from "./child.ts";
import { writeOffline } from "./offline.ts";
import { ROOT } from "./paths.ts";

/**
 * Builds the site and what it needs to be read without a network.
 * @param env SITE_URL, SITE_BASE and SITE_OUT, where they are not this process's own
 * @returns whether it succeeded; what went wrong has been printed
 */
export async function buildSite(env: Record<string, string> = {}): Promise<boolean> {
  const { code } = await run("astro", ["build"], { env });
  if (code !== 0) return false;
  const { SITE_OUT = "dist" } = { ...process.env, ...env };
  const site = `${ROOT}${SITE_OUT}`;
  try {
    await leaveOutBuild(site);
    await writeOffline(site);
    return true;
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return false;
  }
}

/**
 * What a build of the machines says of itself is for the author's own pages. Another one may have begun
 * beside this, as `npm start` does, when Astro copied the folder.
 */
export async function leaveOutBuild(site: string): Promise<void> {
  const folder = join(site, "images/guest");
  for (const name of await readdir(folder))
    if (name.startsWith(BUILD_FILE)) await rm(join(folder, name), { force: true });
}
