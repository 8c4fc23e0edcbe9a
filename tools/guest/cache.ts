import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

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
