import { buildSite } from "../lib/site.ts";
import { BASE_SITE } from "../lib/test-setup.ts";

/** The sites that tests read: one at `/`, one below a base path, as a project page on GitHub has one. */
const root = await buildSite();
const based = await buildSite({ SITE_BASE: BASE_SITE.base, SITE_OUT: BASE_SITE.folder });
process.exitCode = root && based ? 0 : 1;
