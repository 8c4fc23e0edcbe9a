import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MachineError } from "./errors.ts";
import type { GuestSource } from "./files.ts";
import { Machine, type SavedState } from "./machine.ts";
import type { MachineOptions, MachinePort } from "./protocol.ts";

/** Reads the machines from a folder, for tests and command-line tools. */
export function folderSource(folder: string): GuestSource {
  return {
    async open(path) {
      const file = join(folder, path);
      await access(file);
      return Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
    },
  };
}

/** The same machine as the page's, in this process. @param folder where `manifest.json` is */
export function nodeMachine(id: string, folder: string, options?: MachineOptions): MachinePort {
  return new Machine(id, folderSource(folder), options);
}

/** Boots a machine, saves it at its first prompt, and ends it. @throws Error when it has no prompt */
export async function saveAtPrompt(
  id: string,
  folder: string,
): Promise<SavedState & { terminal: string }> {
  const machine = new Machine(id, folderSource(folder), { cold: true });
  const printed: Uint8Array[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      machine.subscribe((event) => {
        if (event.type === "output" && event.terminal === 0) printed.push(event.data);
        if (event.type !== "status") return;
        const { status } = event;
        if (status.state === "ready") resolve();
        if (status.state === "failed") reject(new MachineError(status.error));
        if (status.state === "crashed") reject(new Error(status.lastLines.join("\n")));
      });
      machine.start();
    });
    const saved = await machine.save();
    return { ...saved, terminal: Buffer.concat(printed).toString() };
  } finally {
    machine.destroy();
  }
}
