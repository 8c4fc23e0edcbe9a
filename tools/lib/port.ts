import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { relative } from "node:path";
import { openFiles, type ProcessFacts, processFacts, processIds } from "./processes.ts";

/** Every address that a browser may try for `localhost`. */
const LOOPBACK = ["127.0.0.1", "::1"];
/** State of a socket in `/proc/net/tcp` that waits for connections: TCP_LISTEN. */
const LISTENING = "0A";
export const HIGHEST_PORT = 65535;
/** Commands are cut to this length in a message. */
const COMMAND_LENGTH = 120;

/** Whether something answers at that port of this computer, by whichever name. */
export async function isTaken(port: number): Promise<boolean> {
  for (const address of LOOPBACK) if (await cannotListen(port, address)) return true;
  return false;
}

/** The next port after this one that nobody has. */
export async function freePortAfter(port: number): Promise<number> {
  for (let next = port + 1; next <= HIGHEST_PORT; next++) if (!(await isTaken(next))) return next;
  return port;
}

/** The process that waits for connections at that port, where `/proc` tells. */
export function portOwner(port: number): ProcessFacts | undefined {
  const sockets = new Set(socketsAt(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = processIds().find((each) => openFiles(each).some((file) => sockets.has(file)));
  return pid === undefined ? undefined : processFacts(pid);
}

/** Who has the port, as a sentence. @param root  this checkout */
export function takenText(port: number, root: string): string {
  const owner = portOwner(port);
  if (!owner)
    return `Port ${port} is taken, by a process that this user may not look at. Nothing was started.`;
  const { pid, command, folder } = owner;
  const where = folder === undefined ? "" : `, started in ${folder}`;
  const taken = `Port ${port} is taken by process ${pid} (${command.slice(0, COMMAND_LENGTH)}${where}). Nothing was started.`;
  if (folder === undefined || relative(root, folder) !== "") return taken;
  return `${taken}\nThat is this very folder: the book is at http://localhost:${port}/ already.`;
}

/** Inodes of the sockets that listen there. */
function socketsAt(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => {
    let text: string;
    try {
      text = readFileSync(table, "utf8");
    } catch {
      return [];
    }
    return text.split("\n").flatMap((line) => {
      // sl, local_address, rem_address, st, queues, timer, retransmits, uid, timeout, inode
      const fields = line.trim().split(/\s+/);
      const listens = fields[1]?.endsWith(`:${hex}`) && fields[3] === LISTENING;
      return listens && fields[9] ? [fields[9]] : [];
    });
  });
}

function cannotListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EADDRINUSE"));
    server.listen({ port, host }, () => server.close(() => resolve(false)));
  });
}
