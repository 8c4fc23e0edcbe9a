import { execFileSync } from "node:child_process";
import { ROOT } from "../lib/paths.ts";

/** What a working copy has that another state has not. */
export interface Changes {
  /** The commit that it is held against. */
  base: string;
  /** Paths from the checkout's root: committed since, uncommitted, new, and deleted ones. */
  files: string[];
}

/** Branches that changes are meant for, the first that is there. */
const MAIN = ["main", "origin/main"];

/**
 * What has changed since the commit at which this branch left `main`, uncommitted changes included.
 * @param ref another commit than main to hold it against
 * @throws Error when this is no git checkout, or there is no such commit
 */
export function changedFiles(ref?: string): Changes {
  const base = git("merge-base", "HEAD", ref ?? MAIN.find(exists) ?? "HEAD");
  const changed = git("diff", "--name-only", "--no-renames", base).split("\n");
  const added = git("ls-files", "--others", "--exclude-standard").split("\n");
  return { base, files: [...changed, ...added].filter(Boolean) };
}

function exists(ref: string): boolean {
  try {
    git("rev-parse", "--verify", "--quiet", ref);
    return true;
  } catch {
    return false;
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}
