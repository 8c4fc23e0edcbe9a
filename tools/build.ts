import { run } from "./lib/child.ts";
import { ensureGuest } from "./lib/ensure-guest.ts";

/** `npm run build`: the machines, then the site into `dist/`. SITE_URL and SITE_BASE say where it will live. */
const built = (await ensureGuest()) && (await run("astro", ["build"])).code === 0;
process.exitCode = built ? 0 : 1;
