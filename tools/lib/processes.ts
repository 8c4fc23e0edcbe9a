import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What Linux tells of a process in `/proc`; nothing where there is no `/proc`, or it is another user's. */
export interface ProcessFacts {
  pid: number;
  /** Program and arguments, separated by spaces: `node tools/start.ts`. */
  command: string;
  /** Its working directory, where that can be read. */
  folder: string | undefined;
}

export function processFacts(pid: number): ProcessFacts | undefined {
  const words = readProc(`${pid}/cmdline`)?.split("\0").filter(Boolean);
  if (!words) return undefined;
  const name = readProc(`${pid}/comm`)?.trim() ?? "?";
  return { pid, command: words.join(" ") || name, folder: linkOf(`/proc/${pid}/cwd`) };
}

/**
 * When a process began, in the kernel's own measure: with its id, this tells it from a later process
 * that was given the same id. Undefined when there is none, or no `/proc`.
 */
export function processStart(pid: number): string | undefined {
  // The second field is the program's name in brackets and may hold spaces; `starttime` is the 22nd.
  const stat = readProc(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Ids of the processes that were started with a variable of that value in their environment. */
export function processesWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  return processIds().filter((pid) => readProc(`${pid}/environ`)?.split("\0").includes(wanted));
}

/** Ids of all processes. */
export function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** What each open file of a process is: a path, or `socket:[12345]`. */
export function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return [];
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
