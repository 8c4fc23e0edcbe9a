import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BUILD_FILE, type BuildFile, buildFileSchema } from "../../src/machine/build-progress.ts";
import { writeWhole } from "../guest/cache.ts";

/** What became of a builder that ended without saying so. */
export type End = "stopped" | "killed";

/**
 * Sets right what `building.json` says of a builder that has ended and could not.
 * @param folder  where the machines are published
 */
export function closeBuildingFile(folder: string, pid: number, end: End): void {
  const path = join(folder, BUILD_FILE);
  const file = read(path);
  if (file?.state !== "running" || file.pid !== pid) return;
  if (end === "stopped") rmSync(path, { force: true });
  else {
    const { beat: _, waitsFor: __, ...rest } = file;
    const failed: BuildFile = { ...rest, state: "failed", trouble: "gone", reason: "" };
    writeWhole(path, JSON.stringify(failed));
  }
}

function read(path: string): BuildFile | undefined {
  try {
    return buildFileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
