import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GuestBuildError } from "./errors.ts";
import { findLibrary, neededBy } from "./libraries.ts";
import { isSource, type LockedPackage, type PackageWish } from "./lock.ts";
import { debianMirror, downloadPackages, type Lost, unpackPackage } from "./mirror.ts";
import { progress } from "./progress.ts";
import { newestSource } from "./source-index.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** A wish of `--update-lock`, with the files whose libraries must come along. */
export interface ResolveWish extends PackageWish {
  /** Paths taken from the package; empty when nothing of it is run. */
  paths: readonly string[];
  /** Its only content is that it depends on the newest package of a kind. */
  isMetapackage?: boolean;
}

/** Finds today's version of each wished package and of the libraries its files load. */
export function resolvePackages(cache: string, wishes: readonly ResolveWish[]): LockedPackage[] {
  const suites = [...new Set(wishes.map(({ suite }) => suite))];
  return suites.flatMap((suite) => {
    const wished = wishes.filter((wish) => wish.suite === suite);
    const sources = wished.filter(({ isSource }) => isSource).map(({ name }) => name);
    const archive = new Archive(cache, suite, sources.length > 0);
    const found = new Map<string, LockedPackage>();
    const add = (name: string, needed: readonly string[]): LockedPackage => {
      const known = found.get(name);
      if (known) return known;
      // Several recipes may take files from one package: all of them count.
      const taken = wished
        .filter((wish) => wish.name === name && !wish.isSource)
        .flatMap((wish) => wish.paths);
      const paths = [...taken, ...needed];
      const { locked, dependencies } = archive.show(name);
      found.set(name, locked);
      if (paths.length === 0) return locked;
      downloadPackages(cache, [locked]);
      const libraries = new Set<string>();
      for (const soname of neededBy(unpackPackage(cache, locked), paths)) {
        if (findLibrary([unpackPackage(cache, locked)], soname)) continue;
        const provider = dependencies
          .toSorted((a, b) => Number(b.startsWith("lib")) - Number(a.startsWith("lib")))
          .find((dependency) => {
            const candidate = archive.show(dependency).locked;
            downloadPackages(cache, [candidate]);
            return findLibrary([unpackPackage(cache, candidate)], soname);
          });
        if (!provider)
          throw new GuestBuildError(
            `${name} of ${suite} needs ${soname}, which none of the packages it depends on has: ${dependencies.join(", ")}`,
          );
        libraries.add(provider);
        const tree = unpackPackage(cache, archive.show(provider).locked);
        add(provider, [findLibrary([tree], soname) ?? ""]);
      }
      locked.libraries = [...libraries].sort();
      return locked;
    };
    for (const { name, isMetapackage, isSource } of wished) {
      if (isSource) continue;
      const locked = add(name, []);
      if (!isMetapackage) continue;
      const { dependencies } = archive.show(name);
      locked.libraries = dependencies.map((dependency) => add(dependency, []).name);
    }
    return [...found.values(), ...new Set(sources)].map((each) =>
      typeof each === "string" ? archive.showSource(each) : each,
    );
  });
}

/** What a suite has today in a lost package's place, in words; undefined where its index cannot be read. */
export function todayInsteadOf(cache: string, lost: Lost): string | undefined {
  const { name, suite } = lost;
  // What others read or write at the same moment stays as it is.
  const own = mkdtempSync(join(cache, "index-"));
  try {
    const archive = new Archive(own, suite, isSource(lost));
    const { version } = isSource(lost) ? archive.showSource(name) : archive.show(name).locked;
    if (version === lost.version)
      return `The index of ${suite} still lists it, so the archive is incomplete: try again later, or another mirror.`;
    return `Today ${suite} has ${name} ${version} in its place.`;
  } catch (error) {
    if (error instanceof NoPackageError) return `Today ${error.message}.`;
    return undefined;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** A suite has no package of that name. */
class NoPackageError extends GuestBuildError {}

/** One suite's i386 package index, read by apt with state of its own. */
class Archive {
  readonly #options: string[];
  readonly #suite: string;
  readonly #shown = new Map<string, { locked: LockedPackage; dependencies: string[] }>();

  constructor(cache: string, suite: string, withSources: boolean) {
    this.#suite = suite;
    const state = join(cache, "apt", suite);
    rmSync(state, { recursive: true, force: true });
    for (const folder of ["lists/partial", "archives/partial", "trusted.gpg.d"])
      mkdirSync(join(state, folder), { recursive: true });
    const signedBy = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
    const lines = (withSources ? ["deb", "deb-src"] : ["deb"]).map(
      (type) => `${type} ${signedBy}${debianMirror()} ${suite} main\n`,
    );
    writeFileSync(join(state, "sources.list"), lines.join(""));
    writeFileSync(join(state, "status"), "");
    const settings = {
      "APT::Architecture": "i386",
      "APT::Architectures": "i386",
      "APT::Sandbox::User": "root",
      "Acquire::Check-Valid-Until": "false",
      "Acquire::Languages": "none",
      "Dir::State": state,
      "Dir::State::lists": join(state, "lists"),
      "Dir::State::status": join(state, "status"),
      "Dir::Cache": state,
      "Dir::Etc::SourceList": join(state, "sources.list"),
      "Dir::Etc::SourceParts": "/dev/null",
      "Dir::Etc::Preferences": "/dev/null",
      "Dir::Etc::PreferencesParts": "/dev/null",
    };
    this.#options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    progress(`reading the package index of ${suite}`);
    const result = spawnSync(
      "apt-get",
      [...this.#options, "-o", "APT::Update::Error-Mode=any", "update", "-q"],
      { encoding: "utf8" },
    );
    if (result.status !== 0)
      throw new GuestBuildError(
        `the package index of ${suite} could not be read; the lock is unchanged.\n${result.stderr.trim()}`,
      );
  }

  /** The suite's newest version of a source package. */
  showSource(name: string): LockedPackage {
    const text = spawnSync("apt-cache", [...this.#options, "showsrc", "--only-source", name], {
      encoding: "utf8",
    }).stdout;
    const newest = newestSource(text, name, this.#suite);
    if (newest) return newest;
    throw new NoPackageError(`the suite ${this.#suite} has no source package ${name}`);
  }

  show(name: string): { locked: LockedPackage; dependencies: string[] } {
    const known = this.#shown.get(name);
    if (known) return known;
    const text = spawnSync("apt-cache", [...this.#options, "show", "--no-all-versions", name], {
      encoding: "utf8",
    }).stdout;
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, "m").exec(text)?.[1];
    const need = (key: string) => {
      const value = field(key);
      if (value) return value;
      throw new NoPackageError(`the suite ${this.#suite} has no package ${name} for i386`);
    };
    const version = need("Version");
    const source = /^(\S+)(?: \((.+)\))?$/.exec(field("Source") ?? name);
    const locked: LockedPackage = {
      name,
      version,
      architecture: need("Architecture"),
      suite: this.#suite,
      source: { name: source?.[1] ?? name, version: source?.[2] ?? version },
      filename: need("Filename"),
      size: Number(need("Size")),
      sha256: need("SHA256"),
      libraries: [],
    };
    const dependencies = [field("Pre-Depends"), field("Depends")]
      .flatMap((list) => list?.split(/[,|]/) ?? [])
      .map((dependency) => dependency.trim().replace(/[ (:].*$/, ""));
    const shown = { locked, dependencies };
    this.#shown.set(name, shown);
    return shown;
  }
}
