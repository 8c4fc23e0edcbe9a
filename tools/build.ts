import { ensureGuest } from "./lib/ensure-guest.ts";
import { buildSite } from "./lib/site.ts";

/** `npm run build`: the machines, then the site into `dist/`. SITE_URL and SITE_BASE say where it will live. */
process.exitCode = (await ensureGuest()) && (await buildSite()) ? 0 : 1;
