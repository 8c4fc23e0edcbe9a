import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { BUILD_FILE } from "../../src/machine/build-progress.ts";
import { PICTURE_FONTS, writePictures } from "../sharing/pictures.ts";
import { run } from "./child.ts";
import { writeOffline } from "./offline.ts";
import { ROOT } from "./paths.ts";
import { writePolicies } from "./policy.ts";
import { writeSearch } from "./search.ts";
import { ensurePackages } from "./system-packages.ts";

const UNPLACED =
  "SITE_URL is not set: the pages get no canonical address, no list of pages for search engines and no pictures for sharing. SITE_URL=https://example.org npm run build";

/**
 * Builds the site and what it needs to be read without a network.
 * @param env SITE_URL, SITE_BASE and SITE_OUT, where they are not this process's own
 * @returns whether it succeeded; what went wrong has been printed
 */
export async function buildSite(env: Record<string, string> = {}): Promise<boolean> {
  const { SITE_OUT = "dist", SITE_URL } = { ...process.env, ...env };
  if (!SITE_URL) console.error(UNPLACED);
  const pictures = SITE_URL ? canDraw() : false;
  const { code } = await run("astro", ["build"], {
    env: { ...env, ...(pictures && { SITE_PICTURES: "yes" }) },
  });
  if (code !== 0) return false;
  const site = `${ROOT}${SITE_OUT}`;
  try {
    await leaveOutBuild(site);
    await writeSearch(site);
    await writePolicies(site);
    if (pictures) console.log(`${await writePictures(site)} pictures for sharing`);
    await writeOffline(site);
    return true;
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return false;
  }
}

/** Whether the fonts of the pictures for sharing are here; says so where they cannot be had. */
function canDraw(): boolean {
  try {
    ensurePackages(PICTURE_FONTS);
    return true;
  } catch (thrown) {
    console.error(`No pictures for sharing: ${(thrown as Error).message}`);
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
