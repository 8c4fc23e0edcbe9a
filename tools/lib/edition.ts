import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { ROOT } from "./paths.ts";

/**
 * When the text was last changed: the commit's time, or SOURCE_DATE_EPOCH in seconds. The same text
 * gives the same bytes.
 */
export function commitDate(): Date {
  const { SOURCE_DATE_EPOCH } = process.env;
  const told =
    SOURCE_DATE_EPOCH ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT });
  return new Date(Number(told) * 1000);
}

/** The book's version, from package.json. */
export async function packageVersion(): Promise<string> {
  return JSON.parse(await readFile(`${ROOT}package.json`, "utf8")).version;
}
