import { run } from "./lib/child.ts";
import { ensureGuest } from "./lib/ensure-guest.ts";

/** `npm start`: the machines, then the book with live reload on http://localhost:4321. */
const served =
  (await ensureGuest()) &&
  (await run("astro", ["dev", "--host", "localhost", "--port", "4321"])).code === 0;
process.exitCode = served ? 0 : 1;
