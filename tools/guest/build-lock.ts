import { randomUUID } from "node:crypto";
import {
  constants,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processesWith, processStart } from "../lib/processes.ts";
import { writeWhole } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import { removeHalfMade } from "./half-made.ts";

/** In the environment of all that a build starts: which build it was. */
export const BUILD_MARK = "ONE_KERNEL_BUILD";
const POLL_MS = 500;
/** A few bytes are written within this time of their file's creation. */
const WRITTEN_MS = 10_000;
/** A killed process is gone within this time, unless a disk keeps it. */
const END_TRIES = 40;
const END_POLL_MS = 250;

/** Who has the cache. */
export interface LockOwner {
  pid: number;
  host: string;
  /** When that process began, as `processStart` has it. */
  started?: string;
  /** Names this build among all. */
  id?: string;
  /** Where it publishes. */
  output?: string;
}

export interface LockOptions {
  /** Where this build publishes, for others to know. */
  output?: string;
  /** Told once for each other build that comes first. */
  onWait?(owner: LockOwner): Promise<void>;
}

/**
 * Runs `work` while holding the cache's lock; waits for another build, and says so. After a build that
 * was killed, first ends the programs it had started and removes what it had half made.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  { output, onWait }: LockOptions = {},
): Promise<T> {
  const lock = join(folder, "lock");
  const unfinished = join(folder, "unfinished");
  const started = processStart(process.pid);
  const me: LockOwner = {
    pid: process.pid,
    host: hostname(),
    ...(started !== undefined && { started }),
    id: randomUUID(),
    ...(output !== undefined && { output }),
  };
  await acquire(lock, me, onWait);
  try {
    await tidy(folder, unfinished);
    writeWhole(unfinished, JSON.stringify(me));
    process.env[BUILD_MARK] = me.id;
    try {
      return await work();
    } finally {
      delete process.env[BUILD_MARK];
      rmSync(unfinished, { force: true });
    }
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whoever was to take `unfinished` away has been killed, whichever build found its lock stale. */
async function tidy(folder: string, unfinished: string): Promise<void> {
  const before = lockOwner(unfinished);
  if (!before) return;
  if (before !== "unreadable") await endLeftOver(before);
  removeHalfMade(folder);
  rmSync(unfinished, { force: true });
}

async function acquire(lock: string, me: LockOwner, onWait: LockOptions["onWait"]): Promise<void> {
  mkdirSync(dirname(lock), { recursive: true });
  let told: string | undefined;
  while (!tryLock(lock, me)) {
    const owner = lockOwner(lock);
    if (owner === undefined) continue;
    if (owner === "unreadable" ? isOld(lock) : isGone(owner)) {
      breakLock(lock, owner);
      continue;
    }
    if (owner === "unreadable") {
      await sleep(POLL_MS);
      continue;
    }
    const name = owner.id ?? String(owner.pid);
    if (told !== name) {
      console.log(`another build is running (process ${owner.pid} on ${owner.host}); waiting`);
      if (owner.host !== hostname()) console.log(`if that is not so, delete ${lock}`);
      await onWait?.(owner);
    }
    told = name;
    await sleep(POLL_MS);
  }
}

function tryLock(lock: string, me: LockOwner): boolean {
  try {
    writeFileSync(lock, JSON.stringify(me), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function lockOwner(lock: string): LockOwner | "unreadable" | undefined {
  let text: string;
  try {
    text = readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const owner: Partial<LockOwner> | null = JSON.parse(text);
    return Number.isInteger(owner?.pid) && typeof owner?.host === "string"
      ? (owner as LockOwner)
      : "unreadable";
  } catch {
    return "unreadable";
  }
}

/** Its owner has written it by then, or was killed before it could. */
function isOld(lock: string): boolean {
  const written = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - written > WRITTEN_MS;
}

/** Only a process on this computer can be known to have ended. */
function isGone({ pid, host, started }: LockOwner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const now = processStart(pid);
  return started !== undefined && now !== undefined && now !== started;
}

/** Takes the stale lock away, unless another build has done so and locked again meanwhile. */
function breakLock(lock: string, stale: LockOwner | "unreadable"): void {
  const taken = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const isStale = JSON.stringify(lockOwner(taken)) === JSON.stringify(stale);
  try {
    // It belongs to a build that has locked since this one looked: theirs again.
    if (!isStale) copyFileSync(taken, lock, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(taken, { force: true });
  }
}

/** Compilers and downloaders outlive a builder that was killed, and would write where this one does. */
async function endLeftOver({ id }: LockOwner): Promise<void> {
  if (id === undefined) return;
  for (let tries = 0; tries < END_TRIES; tries++) {
    const left = processesWith(BUILD_MARK, id);
    if (left.length === 0) return;
    if (tries === 0) console.log(`a build was killed; ending the ${left.length} programs it left`);
    for (const pid of left) endNow(pid);
    await sleep(END_POLL_MS);
  }
  throw new GuestBuildError(
    `a build was killed, and programs that it had started cannot be ended: ${processesWith(BUILD_MARK, id).join(", ")}. End these processes, and run the same command again.`,
  );
}

function endNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
