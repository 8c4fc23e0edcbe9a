import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Something a tool needs from the operating system, and the Debian package that has it. */
export type SystemNeed =
  /** A program on the PATH: `{ command: "flex", package: "flex" }`. */
  | { command: string; package: string }
  /**
   * A file at a fixed place: `{ file: "/usr/share/fonts/…/NotoSansCJK.ttc", package: "fonts-noto-cjk" }`.
   * A program can have a lowest version, of which the first number counts.
   */
  | { file: string; package: string; atLeast?: number };

/** Programs or files are missing and cannot be installed from here. */
export class MissingSystemPackagesError extends Error {
  override name = "MissingSystemPackagesError";
  readonly missing: readonly SystemNeed[];

  constructor(missing: readonly SystemNeed[], why: string) {
    const things = missing.map((need) =>
      "command" in need
        ? need.command
        : `${need.file}${need.atLeast ? `, version ${need.atLeast} or later` : ""}`,
    );
    super(
      `missing on this computer: ${things.join(", ")}. ${why}\n` +
        `On Debian and its relatives, run:\n  sudo ${installCommand(missing).join(" ")}`,
    );
    this.missing = missing;
  }
}

/** Which of the needs this computer does not meet. */
export function missingNeeds(needs: readonly SystemNeed[], path = process.env.PATH ?? "") {
  return needs.filter((need) => ("command" in need ? !onPath(need.command, path) : !inPlace(need)));
}

function inPlace({ file, atLeast }: { file: string; atLeast?: number }): boolean {
  if (!existsSync(file)) return false;
  if (atLeast === undefined) return true;
  const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
  return Number(/\d+/.exec(stdout)?.[0]) >= atLeast;
}

/**
 * Makes sure that what a tool needs is there. As root on a Debian-like system, installs what is
 * missing and says so; elsewhere throws {@link MissingSystemPackagesError}.
 */
export function ensurePackages(needs: readonly SystemNeed[]): void {
  const missing = missingNeeds(needs);
  if (missing.length === 0) return;
  if (!onPath("apt-get", process.env.PATH ?? ""))
    throw new MissingSystemPackagesError(missing, "There is no apt-get here to install it with.");
  if (process.getuid?.() !== 0)
    throw new MissingSystemPackagesError(missing, "Only root can install it.");

  console.error(`installing Debian packages: ${packagesOf(missing).join(" ")}`);
  // Lists that are old, or of some sources only, would install an old version without a word.
  run(["apt-get", "update", "-q"]);
  run(installCommand(missing));
  const still = missingNeeds(needs);
  if (still.length > 0)
    throw new MissingSystemPackagesError(still, "apt-get could not install it; see above.");
}

function packagesOf(needs: readonly SystemNeed[]): string[] {
  return [...new Set(needs.map((need) => need.package))].sort();
}

function installCommand(needs: readonly SystemNeed[]): string[] {
  return ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...packagesOf(needs)];
}

/** What the installer says goes to standard error: standard output may be a program's. */
function run([program = "", ...args]: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(program, args, { stdio: ["ignore", 2, 2], env }).status === 0;
}

function onPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
