import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { guestPackageSchema } from "../../src/machine/manifest.ts";
import { GuestBuildError } from "./errors.ts";

export const LOCK_FILE = "guest/packages.lock.json";

const LINE_WIDTH = 100;

const fileFields = {
  /** Path below the mirror: `pool/main/c/crun/crun_1.8.1-1+deb12u1_i386.deb`. */
  filename: z.string(),
  /** Bytes of the `.deb` or `.dsc`. */
  size: z.int().positive(),
};
const lockedPackageSchema = guestPackageSchema.extend({
  ...fileFields,
  /**
   * Packages that come along: those whose shared libraries this one's files load, or the one that
   * a metapackage stands for: `["libc6", "libtinfo6"]`.
   */
  libraries: z.array(z.string()),
  /** The archives that a source package's `.dsc` names. */
  archives: z
    .array(z.strictObject({ ...fileFields, sha256: guestPackageSchema.shape.sha256 }))
    .optional(),
});
const lockSchema = z.strictObject({
  /** Sorted by suite, then name, then architecture. */
  packages: z.array(lockedPackageSchema),
});

export type LockedPackage = z.infer<typeof lockedPackageSchema>;

/** A package a recipe asks for. */
export interface PackageWish {
  name: string;
  suite: string;
  /** A source package is asked for, not a binary one. */
  isSource?: boolean;
}

/** Whether it is a source package: Debian gives it the architecture `source`. */
export function isSource({ architecture }: Pick<LockedPackage, "architecture">): boolean {
  return architecture === "source";
}

/** The locked package that a wish asks for. */
export function findLocked(
  packages: readonly LockedPackage[],
  { name, suite, isSource: source = false }: PackageWish,
): LockedPackage | undefined {
  return packages.find((p) => p.name === name && p.suite === suite && isSource(p) === source);
}

/** Reads the exact versions that the machines are built from. */
export function readLock(root: string): LockedPackage[] {
  const result = lockSchema.safeParse(JSON.parse(readFileSync(join(root, LOCK_FILE), "utf8")));
  if (!result.success)
    throw new GuestBuildError(
      `${LOCK_FILE} is damaged: restore it from git, or write it anew with: npm run guest -- --update-lock\n${z.prettifyError(result.error)}`,
    );
  return result.data.packages;
}

/** The lock file's text: sorted, and laid out as the repository's formatter does. */
export function formatLock(packages: readonly LockedPackage[]): string {
  const order = (p: LockedPackage) => `${p.suite} ${p.name} ${p.architecture}`;
  const sorted = [...packages].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const text = JSON.stringify(lockSchema.parse({ packages: sorted }), null, 2);
  const shortLists = text.replace(/^( *"\w+": )\[\n([^[\]{}]*?)\n *\]/gm, (list, key, items) => {
    const line = `${key}[${items.trim().replace(/\n */g, " ")}]`;
    return line.length <= LINE_WIDTH ? line : list;
  });
  return `${shortLists}\n`;
}

/** The locked package that a wish asks for. @throws GuestBuildError when there is none */
export function mustBeLocked(lock: readonly LockedPackage[], wish: PackageWish): LockedPackage {
  const locked = findLocked(lock, wish);
  if (locked) return locked;
  const { name, suite, isSource } = wish;
  throw new GuestBuildError(
    `${LOCK_FILE} has no ${isSource ? "source package " : ""}${name} of ${suite}. Add it with: npm run guest -- --update-lock`,
  );
}

/** The wished packages and all whose libraries they load, sorted by name. */
export function closure(
  lock: readonly LockedPackage[],
  wishes: readonly PackageWish[],
): LockedPackage[] {
  const found = new Set<LockedPackage>();
  const queue = [...wishes];
  for (let wish = queue.pop(); wish; wish = queue.pop()) {
    const locked = mustBeLocked(lock, wish);
    if (found.has(locked)) continue;
    found.add(locked);
    const { suite } = wish;
    queue.push(...locked.libraries.map((library) => ({ name: library, suite })));
  }
  const order = (p: LockedPackage) => `${p.name} ${p.architecture}`;
  return [...found].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
