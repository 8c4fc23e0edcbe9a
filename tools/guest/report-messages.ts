import type { BuildStep, BuildTrouble } from "../../src/machine/build-progress.ts";
import type { Work } from "./estimate.ts";
import type { Counted } from "./progress.ts";

/** A machine as readers are told of it. */
export interface Told {
  id: string;
  title: { zh: string; en: string };
}

/** What the thread that writes `building.json` is given at its beginning. */
export interface ReportInit {
  /** Absolute path of the file. */
  path: string;
  pid: number;
  /** In the order in which they are built. */
  machines: Told[];
  /**
   * The process without which nobody wants the build any more: `npm start`, which has made this one the
   * leader of a process group.
   */
  parent: number | undefined;
}

/** What that thread is told. */
export type ReportMessage =
  /** Another build has the cache. */
  | { type: "waits"; pid: number }
  /** What there is to do, and which machines are there already. */
  | { type: "works"; works: Work[]; ready: string[] }
  | { type: "step"; machine: string | null; step: BuildStep }
  | { type: "count"; counted: Counted }
  /** The machine can be started. */
  | { type: "ready"; machine: string }
  | { type: "failed"; trouble: BuildTrouble; reason: string }
  /** All is done: the file goes, and the thread with it. */
  | { type: "done" };
