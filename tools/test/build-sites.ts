import { buildSite } from "../lib/site.ts";
import { BASE_SITE } from "../lib/test-setup.ts";

/**
 * The sites that tests read: one at `/` that does not know its address, and one that does, below a base
 * path, as a project page on GitHub has one.
 */
const root = await buildSite();
const based = await buildSite({
  SITE_URL: BASE_SITE.address,
  SITE_REPOSITORY: `${BASE_SITE.address}/repository`,
  SITE_BASE: BASE_SITE.base,
  SITE_OUT: BASE_SITE.folder,
});
process.exitCode = root && based ? 0 : 1;
