import { spawnSync } from "node:child_process";
import { GuestBuildError } from "./errors.ts";
import type { LockedPackage } from "./lock.ts";

/**
 * Reads what `apt-cache showsrc` prints about a source package: its newest version, leaving out
 * those that a suite keeps only because something was built from them.
 */
export function newestSource(text: string, name: string, suite: string): LockedPackage | undefined {
  return text
    .split(/\n\n+/)
    .filter((entry) => field(entry, "Package") === name)
    .filter((entry) => field(entry, "Extra-Source-Only") !== "yes")
    .map((entry) => readEntry(entry, suite))
    .reduce<LockedPackage | undefined>(
      (best, each) => (best && !isNewer(each.version, best.version) ? best : each),
      undefined,
    );
}

function readEntry(entry: string, suite: string): LockedPackage {
  const [name, version] = [field(entry, "Package"), field(entry, "Version")];
  const files = field(entry, "Checksums-Sha256")
    .split("\n")
    .map((line) => {
      const [sha256 = "", size, file] = line.trim().split(" ");
      return { filename: `${field(entry, "Directory")}/${file}`, size: Number(size), sha256 };
    });
  const description = files.find(({ filename }) => filename.endsWith(".dsc"));
  if (!description)
    throw new GuestBuildError(`the index of ${suite} has no .dsc for ${name} ${version}`);
  return {
    name,
    version,
    architecture: "source",
    suite,
    source: { name, version },
    ...description,
    libraries: [],
    archives: files.filter((file) => file !== description),
  };
}

/** A field of one entry, with its continuation lines. */
function field(entry: string, key: string): string {
  return new RegExp(`^${key}:(.*(?:\\n .*)*)`, "m").exec(entry)?.[1]?.trim() ?? "";
}

function isNewer(version: string, than: string): boolean {
  return spawnSync("dpkg", ["--compare-versions", version, "gt", than]).status === 0;
}
