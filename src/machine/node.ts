import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { GuestSource } from "./files.ts";
import { Machine } from "./machine.ts";
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
