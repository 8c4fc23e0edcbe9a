import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { cachedFolder, sha256 } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import { isSource, type LockedPackage } from "./lock.ts";
import { bytes, count, progress } from "./progress.ts";
import { run } from "./run.ts";

/** apt's downloader: uses the proxies and credentials the host's apt is set up with. */
const APT_HELPER = "/usr/lib/apt/apt-helper";

let hostMirror: string | undefined;

/** The Debian archive to download from, ending in `/`: `DEBIAN_MIRROR`, or the host's own. */
export function debianMirror(env: NodeJS.ProcessEnv = process.env): string {
  if (hostMirror) return hostMirror;
  if (env.DEBIAN_MIRROR) return env.DEBIAN_MIRROR.replace(/\/*$/, "/");
  const targets = run("apt-get", ["indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"]);
  const uri = targets
    .split("\n")
    .map((line) => line.split("|"))
    .find(([origin, label]) => origin === "Debian" && label === "Debian")?.[2];
  if (uri) {
    hostMirror = uri.replace(/\/*$/, "/");
    return hostMirror;
  }
  throw new GuestBuildError(
    "this computer's apt has no Debian archive configured. Name one: DEBIAN_MIRROR=<its URL> npm run guest",
  );
}

/** A package that the archive has in another version by now, or no more. */
export type Lost = Pick<LockedPackage, "name" | "version" | "suite" | "architecture">;

/** A file could not be had, or is not the one that the lock names. */
export class DownloadError extends GuestBuildError {
  override name = "DownloadError";
  /** Set where the archive itself says that it has it no more. */
  readonly lost: Lost | undefined;

  constructor(message: string, lost?: Lost) {
    super(message);
    this.lost = lost;
  }
}

/** The files of packages that the cache does not have yet. */
export function missingFiles(cache: string, packages: readonly LockedPackage[]): Download[] {
  return packages.flatMap(filesOf).filter((file) => !existsSync(debPath(cache, file)));
}

/** Brings the packages into the cache; returns where one is kept. Needs no network when all are there. */
export function downloadPackages(cache: string, packages: readonly LockedPackage[]): void {
  const missing = missingFiles(cache, packages);
  if (missing.length === 0) return;
  const files = packages.flatMap(filesOf);
  const size = missing.reduce((sum, file) => sum + file.size, 0);
  const mirror = debianMirror();
  const names = new Set(missing.map(({ name }) => name));
  const what = names.size === 1 ? missing[0]?.name : `${names.size} Debian packages`;
  progress(`downloading ${what}, ${bytes(size)}, from ${mirror}`);
  mkdirSync(join(cache, "debs"), { recursive: true });
  let arrived = 0;
  for (const [done, wanted] of missing.entries()) {
    const path = debPath(cache, wanted);
    const aside = `${path}.part`;
    count({ done: arrived, growing: aside });
    const said = download(mirror + wanted.filename, aside);
    const kept = `${files.length - missing.length + done} of ${files.length} files are kept in ${cache}; run the same command to go on.`;
    if (said !== undefined)
      throw new DownloadError(
        `${explain(said, wanted, mirror)}\n${kept}`,
        GONE.test(said) ? wanted.of : undefined,
      );
    const hash = sha256(readFileSync(aside));
    if (hash !== wanted.sha256) {
      rmSync(aside);
      throw new DownloadError(
        `${wanted.name} ${wanted.version}: ${mirror} sent a file with SHA-256 ${hash}, but the lock has ${wanted.sha256}.\n${kept}`,
      );
    }
    renameSync(aside, path);
    arrived += wanted.size;
  }
  count({ done: arrived });
}

/** Unpacks a downloaded package once; returns the folder with its files, or its patched sources. */
export function unpackPackage(cache: string, locked: LockedPackage): string {
  if (isSource(locked)) return unpackSource(cache, locked);
  return cachedFolder(join(cache, "trees", locked.sha256), (aside) => {
    run("dpkg-deb", ["--extract", debPath(cache, locked), aside]);
  });
}

function unpackSource(cache: string, locked: LockedPackage): string {
  const tree = cachedFolder(join(cache, "trees", locked.sha256), (aside) => {
    // A .dsc names its archives as they lie beside it in Debian's archive.
    for (const file of filesOf(locked))
      symlinkSync(debPath(cache, file), join(aside, basename(file.filename)));
    const description = join(aside, basename(locked.filename));
    run("dpkg-source", ["--no-check", "--extract", description, join(aside, "source")]);
  });
  return join(tree, "source");
}

/** Where a downloaded file of a package is kept. */
export function debPath(cache: string, file: Pick<Download, "filename" | "sha256">): string {
  return join(cache, "debs", `${file.sha256}${extname(file.filename)}`);
}

/** One file of a locked package. */
export type Download = Pick<
  LockedPackage,
  "name" | "version" | "suite" | "filename" | "size" | "sha256"
> & { of: Lost };

/** A package's `.deb`, or its `.dsc` and the archives that this one names. */
function filesOf(locked: LockedPackage): Download[] {
  const { name, version, suite, archives = [] } = locked;
  if (!isSource(locked)) return [{ ...locked, of: locked }];
  const label = `source package ${name}`;
  return [locked, ...archives].map((file) => ({
    ...file,
    name: label,
    version,
    suite,
    of: locked,
  }));
}

/** How apt says that a server has no such file. */
const GONE = /\b404\b|Not Found/;

/** Returns what went wrong, or undefined. */
function download(url: string, path: string): string | undefined {
  const args = ["-o", "APT::Sandbox::User=root", "download-file", url, path];
  const result = spawnSync(APT_HELPER, args, { encoding: "utf8" });
  return result.status === 0 ? undefined : result.stderr + (result.error?.message ?? "");
}

function explain(said: string, wanted: Download, mirror: string): string {
  const what = `${wanted.name} ${wanted.version}`;
  if (GONE.test(said))
    return (
      `${mirror} no longer has ${what}, which ${wanted.suite} had when the lock was written.\n` +
      `Move the lock to today's versions with: npm run guest -- --update-lock --suite ${wanted.suite}\n` +
      "or keep it with a mirror that has old versions: DEBIAN_MIRROR=<a snapshot archive's URL> npm run guest"
    );
  if (/No space left/.test(said)) return `the disk is full: ${what} needs ${bytes(wanted.size)}.`;
  return `${what} could not be downloaded from ${mirror}:\n${said.trim()}`;
}
