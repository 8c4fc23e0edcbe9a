import { Shell } from "../../../src/lab/shell.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachineOptions, MachinePort, Reading } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

/** How often the machine tells its reading. */
export const READING_MS = 100;
/** More than a reading takes to come on a busy computer. */
const READING_LIMIT_MS = 5000;

/** A machine at its prompt, with its probes counting since before it was started. */
export interface Watched {
  port: MachinePort;
  /** All that was told since the start. */
  readings: Reading[];
  /** A reading made after the call. */
  reading(): Promise<Reading>;
  /** @returns what the command printed */
  run(command: string): Promise<string>;
}

export async function watched(id: string, options: MachineOptions = {}): Promise<Watched> {
  const port = nodeMachine(id, GUEST, options);
  const shell = new Shell(port, 0);
  const readings: Reading[] = [];
  port.subscribe((event) => event.type === "reading" && readings.push(event.reading));
  port.watch(READING_MS);
  await bringUp(port);
  return {
    port,
    readings,
    reading: () => nextReading(port),
    run: async (command) => (await shell.run(command, { typingMs: 0, limitSeconds: 60 })).output,
  };
}

function nextReading(port: MachinePort): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(READING_LIMIT_MS);
    limit.onabort = () => {
      stop();
      reject(new Error("the machine tells no reading"));
    };
    const stop = port.subscribe((event) => {
      if (event.type !== "reading") return;
      limit.onabort = null;
      stop();
      resolve(event.reading);
    });
  });
}
