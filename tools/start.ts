import { parseArgs } from "node:util";
import { dev } from "astro";
import { closeBuildingFile } from "./lib/building-file.ts";
import { secondsSince } from "./lib/child.ts";
import { GuestBuild } from "./lib/ensure-guest.ts";
import { GUEST, ROOT } from "./lib/paths.ts";
import { freePortAfter, HIGHEST_PORT, isTaken, takenText } from "./lib/port.ts";

/**
 * `npm start`: the book with live reload, at once. The machines are built beside it, in a process of its
 * own; pages that need one say how far it is.
 */
const USAGE = `npm start                  serve the book at http://localhost:4321, and build its machines
npm start -- --port 4400   serve it at another port`;
const DEFAULT_PORT = 4321;
/** Ctrl+C, a service manager, a terminal that is closed. */
const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

process.env.ASTRO_TELEMETRY_DISABLED = "1";
const port = chosenPort();
if (port === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (await isTaken(port)) await tellTaken(port);
else await start(port);

/** Undefined when it is no port. */
function chosenPort(): number | undefined {
  try {
    const { values } = parseArgs({ options: { port: { type: "string" } } });
    const chosen = values.port === undefined ? DEFAULT_PORT : Number(values.port);
    if (Number.isInteger(chosen) && chosen >= 1 && chosen <= HIGHEST_PORT) return chosen;
    console.error(`"${values.port}" is no port: it must be a number from 1 to ${HIGHEST_PORT}.`);
  } catch (error) {
    console.error((error as Error).message);
  }
  return undefined;
}

async function start(port: number): Promise<void> {
  const began = performance.now();
  const build = new GuestBuild();
  const ending = endTogether(build);
  void build.ended.then((how) => ending.begun || tellEnded(how, build.pid));
  // A page must not find that there is no machine before it can find that one is being built.
  await build.told;
  try {
    const server = { host: "localhost", port };
    ending.server = await dev({ root: ROOT, server, vite: { server: { strictPort: true } } });
  } catch (error) {
    ending.begun = true;
    build.stop();
    await build.ended;
    // Two starts in the same moment both found the port free.
    if (/already in use/.test(String(error))) await tellTaken(port);
    else console.error(error);
    // What Astro had begun before it failed would go on for ever.
    process.exit(1);
  }
  console.log(`The book is at http://localhost:${port}/, after ${secondsSince(began)}.`);
}

async function tellTaken(port: number): Promise<void> {
  console.error(takenText(port, ROOT));
  console.error(
    `To serve the book at another port:\n  npm start -- --port ${await freePortAfter(port)}`,
  );
  process.exitCode = 1;
}

/** What a build that did not end with this process came to. */
function tellEnded(how: number | NodeJS.Signals, pid: number | undefined): void {
  if (how === 0) return;
  if (pid !== undefined) closeBuildingFile(GUEST, pid, "killed");
  const why = typeof how === "number" ? "what stopped it is told above" : `${how} ended it`;
  console.error(
    `\nThe machines could not be built: ${why}. The book is served all the same, with what was recorded.\n` +
      "When the cause is mended, run in another terminal:\n  npm run guest\n" +
      "It goes on where this one stopped, and pages find the machines without a restart.\n",
  );
}

interface Ending {
  begun: boolean;
  server: { stop(): Promise<void> } | undefined;
}

/** Whatever ends this process ends the build and its compilers as well; what they have finished is kept. */
function endTogether(build: GuestBuild): Ending {
  const ending: Ending = { begun: false, server: undefined };
  for (const signal of ENDINGS)
    process.on(signal, async () => {
      // Who asks twice does not want to wait.
      build.stop(ending.begun ? "SIGKILL" : "SIGTERM");
      if (ending.begun) process.exit(1);
      ending.begun = true;
      await build.ended;
      if (build.pid !== undefined) closeBuildingFile(GUEST, build.pid, "stopped");
      await ending.server?.stop();
      process.exit(0);
    });
  process.on("exit", () => build.stop());
  return ending;
}
