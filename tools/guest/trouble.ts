import type { BuildTrouble } from "../../src/machine/build-progress.ts";
import { MissingSystemPackagesError } from "../lib/system-packages.ts";
import { GuestBuildError } from "./errors.ts";
import { DownloadError } from "./mirror.ts";

/** What stopped a build, for its user. */
export interface Trouble {
  kind: BuildTrouble;
  /** What happened, why, and what to do. */
  text: string;
  /** Whether the project's own code is to blame, so that where it was thrown is worth knowing. */
  isBug: boolean;
}

/** @param cache  where everything is kept that has been made */
export function troubleOf(error: unknown, cache: string): Trouble {
  const text = error instanceof Error ? error.message : String(error);
  const isFull =
    (error as NodeJS.ErrnoException).code === "ENOSPC" ||
    /the disk is full|No space left/i.test(text);
  if (isFull)
    return {
      kind: "disk-full",
      text: `the disk is full. What has been downloaded and built is kept in ${cache}; free some space (3 GB are enough) and run the same command to go on.\n${text}`,
      isBug: false,
    };
  if (error instanceof MissingSystemPackagesError) return { kind: "packages", text, isBug: false };
  if (error instanceof DownloadError) return { kind: "download", text, isBug: false };
  return { kind: "other", text, isBug: !(error instanceof GuestBuildError) };
}
