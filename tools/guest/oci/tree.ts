import { chmodSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { CpioEntry } from "../cpio.ts";
import { GuestBuildError } from "../errors.ts";

/** What a layer can hold: no device nodes. */
export type LayerEntry = Exclude<CpioEntry, { kind: "device" }>;

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/** The files of an image up to one layer; only those of this layer are its own. */
export class LayerTree {
  readonly #own = new Map<string, LayerEntry>();
  readonly #below: LayerTree | undefined;

  constructor(below?: LayerTree) {
    this.#below = below;
  }

  /** Puts an entry where its path leads through the image's links, with the folders it needs. */
  add(entry: LayerEntry): void {
    const path = this.#parentResolved(entry.path);
    const parent = posix.dirname(path);
    if (parent !== ".") this.#folder(parent);
    this.#own.set(path, { ...entry, path });
  }

  /** A file, folder or link of the whole image; undefined where there is none. */
  get(path: string): LayerEntry | undefined {
    const resolved = this.#parentResolved(path);
    return this.#own.get(resolved) ?? this.#below?.get(resolved);
  }

  /** As {@link get}, following a link at the end too. */
  find(path: string): LayerEntry | undefined {
    let entry = this.get(path);
    for (let hops = 0; entry?.kind === "link"; hops++) {
      if (hops > MAX_LINKS) throw new GuestBuildError(`too many links lead on from ${path}`);
      entry = this.get(targetOf(entry));
    }
    return entry;
  }

  /** The layer's own entries, sorted by path. */
  own(): LayerEntry[] {
    return [...this.#own.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Writes the layer's own entries into an empty folder; every time is 1970. */
  write(folder: string): void {
    const entries = this.own();
    for (const entry of entries) {
      const path = join(folder, entry.path);
      if (entry.kind === "directory") mkdirSync(path);
      else if (entry.kind === "link") symlinkSync(entry.target, path);
      else writeFileSync(path, entry.data);
      // Not by mkdir or open: those obey the umask.
      if (entry.kind !== "link") chmodSync(path, entry.mode);
    }
    for (const { path } of entries.toReversed()) lutimesSync(join(folder, path), 0, 0);
    chmodSync(folder, 0o755);
    lutimesSync(folder, 0, 0);
  }

  #folder(path: string): void {
    const known = this.get(path);
    if (this.#own.has(path) && known?.kind === "directory") return;
    if (known && known.kind !== "directory")
      throw new GuestBuildError(`${path} would have to be a folder and is a ${known.kind}`);
    this.add({ kind: "directory", path, mode: known?.mode ?? 0o755 });
  }

  #parentResolved(path: string): string {
    const parts = posix.normalize(path).split("/");
    let at = "";
    for (const [index, part] of parts.entries()) {
      at = at ? `${at}/${part}` : part;
      if (index === parts.length - 1) break;
      for (let hops = 0; ; hops++) {
        const entry = this.#own.get(at) ?? this.#below?.get(at);
        if (entry?.kind !== "link") break;
        if (hops > MAX_LINKS) throw new GuestBuildError(`too many links lead on from ${at}`);
        at = targetOf(entry);
      }
    }
    return at;
  }
}

/** Where a link points, as a path from the root. */
export function targetOf({ path, target }: { path: string; target: string }): string {
  const from = target.startsWith("/") ? "/" : `/${posix.dirname(path)}`;
  return posix.join(from, target).slice(1);
}
