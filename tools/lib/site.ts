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
  try {
    await writeOffline(`${ROOT}${SITE_OUT}`);
    return true;
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return false;
  }
}
