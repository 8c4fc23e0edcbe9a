import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ROOT } from "./paths.ts";

/**
 * When the text was last changed, so that the same text gives the same bytes: SOURCE_DATE_EPOCH in
 * seconds, or the commit's time, or, in a copy without git, that of package.json.
 */
export function commitDate(): Date {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH !== undefined) return new Date(Number(SOURCE_DATE_EPOCH) * 1000);
  try {
    const git = ["log", "-1", "--format=%ct"];
    const seconds = execFileSync("git", git, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
    return new Date(Number(seconds) * 1000);
  } catch {
    return statSync(`${ROOT}package.json`).mtime;
  }
}

/** The book's version, from package.json. */
export async function packageVersion(): Promise<string> {
  return JSON.parse(await readFile(`${ROOT}package.json`, "utf8")).version;
}
