import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where everything is kept that can be built or downloaded again; outside the checkout. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ONE_KERNEL_CACHE) return env.ONE_KERNEL_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "one-kernel");
}

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 over a value's JSON; equal inputs must be given in equal order. */
export function hashOf(inputs: unknown): string {
  return sha256(JSON.stringify(inputs));
}

/** Writes aside, then renames: a reader sees the old file or the new one, never a part. */
export function writeWhole(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(aside, data);
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Returns `folder`, made by `fill` under another name and renamed once complete. */
export function cachedFolder(folder: string, fill: (aside: string) => void): string {
  if (existsSync(folder)) return folder;
  const aside = `${folder}.part`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  fill(aside);
  renameSync(aside, folder);
  return folder;
}

interface LockOwner {
  pid: number;
  host: string;
}

/** Runs `work` while holding the cache's lock; waits for another build, and says so. */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, "lock");
  mkdirSync(folder, { recursive: true });
  let told = false;
  while (!tryLock(lock)) {
    const owner = lockOwner(lock);
    if (owner && isGone(owner)) {
      breakLock(lock, owner);
      continue;
    }
    if (!told && owner)
      console.log(
        `another build is running (process ${owner.pid} on ${owner.host}); waiting. ` +
          `If that is not so, delete ${lock}`,
      );
    told = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    const owner: LockOwner = { pid: process.pid, host: hostname() };
    writeFileSync(lock, JSON.stringify(owner), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function lockOwner(lock: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}

/** Only a process on this computer can be known to have ended. */
function isGone(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Takes the stale lock away, unless another build has done so and locked again meanwhile. */
function breakLock(lock: string, stale: LockOwner): void {
  if (lockOwner(lock)?.pid === stale.pid) rmSync(lock, { force: true });
}
