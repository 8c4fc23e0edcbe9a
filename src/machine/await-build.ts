import { type BuildProgress, buildError, progressOf, readBuild } from "./build-progress.ts";
import { errorData, MachineError } from "./errors.ts";
import { type GuestSource, readManifest } from "./files.ts";
import type { Manifest } from "./manifest.ts";

/** How often a build is asked how far it is: as often as it says so. */
export const POLL_MS = 1000;
/**
 * So many answers in a row with the same beat, of a builder that beats every second: it has ended.
 * Counted in answers rather than by the clock, which goes on while a computer sleeps.
 */
export const SILENT_POLLS = 30;

/** Who waits for a machine, and what it is told. */
export interface Waiter {
  building(progress: BuildProgress): void;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * The manifest with that machine in it; while a build says that it is being built, waits for it.
 * @param fresh  reads the manifest past every cache
 * @throws MachineError `build-failed`; `download`, `manifest` or `unknown-machine` when nobody builds
 *   it; the signal's reason
 */
export async function manifestWith(
  id: string,
  source: GuestSource,
  fresh: boolean,
  waiter: Waiter,
): Promise<Manifest> {
  for (let past = fresh; ; past = true) {
    let missing: MachineError;
    try {
      const manifest = await readManifest(source, { fresh: past, signal: waiter.signal });
      if (manifest.machines[id]) return manifest;
      const known = Object.keys(manifest.machines).join(", ");
      missing = new MachineError({ code: "unknown-machine", params: { id, known } });
    } catch (thrown) {
      missing = new MachineError(errorData(thrown));
    }
    waiter.signal?.throwIfAborted();
    // Where nothing comes any more, the build's word would not come either.
    if (missing.data.code === "stalled") throw missing;
    if (!(await untilBuilt(id, source, waiter))) throw missing;
  }
}

/** Waits until a build no longer says that it is building the machine. @returns whether one did */
async function untilBuilt(
  id: string,
  source: GuestSource,
  { building, signal }: Waiter,
): Promise<boolean> {
  let beat = -1;
  let silent = 0;
  for (let waited = false; ; waited = true) {
    const build = await readBuild(source, signal);
    signal?.throwIfAborted();
    const progress = build && progressOf(build, id);
    if (!progress || build.machines[id]?.ready) return waited;
    if (build.state === "failed") throw buildError(id, build, build.trouble, build.reason);
    silent = build.beat === beat ? silent + 1 : 0;
    beat = build.beat;
    if (silent >= SILENT_POLLS) throw buildError(id, build, "gone", "");
    building(progress);
    await pause(POLL_MS, signal);
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
