import type { BuildStep } from "../../src/machine/build-progress.ts";

/** One piece of what a build has to do. */
export interface Work {
  /** The machine it is for; null for what is not one machine's. */
  machine: string | null;
  step: BuildStep;
  /** Seconds that it is expected to take. */
  seconds: number;
  /** How much there is to do, in the step's own units: bytes, files, programs. */
  amount: number;
  /** Whether it is counted while it is done. */
  counts: boolean;
}

/** How far a build has come with its works. */
export interface Course {
  /** In the order in which they are done. */
  works: readonly Work[];
  /** Seconds that those took which are done: the first ones. */
  spent: readonly number[];
  /** Seconds since the next one began. */
  running: number;
  /** What is counted of it; undefined before counting has begun: a kernel is unpacked first. */
  counted:
    | {
        /** Seconds since counting began. */
        seconds: number;
        /** Units that are done, and those of them that had been before. */
        done: number;
        before: number;
      }
    | undefined;
}

/** Of a step that counts, this part must be done before its own pace says more than expectation. */
const TELLING_SHARE = 0.05;
/** Works that should have taken so long say how fast this computer is today. */
const TELLING_SECONDS = 10;
/** What took longer than expected and does not count is taken to need this part of it still. */
const OVERDUE_SHARE = 0.1;
/** A computer is not expected to be slower or faster than the one of the estimates by more. */
const PACES = { least: 0.2, most: 8 };

/** Estimated seconds until the works up to and with the `last`th are done. */
export function secondsUntil(course: Course, last: number): number {
  const { works, spent } = course;
  const at = spent.length;
  if (last < at) return 0;
  const paces = { network: paceOf(course, true), computer: paceOf(course, false) };
  const paceFor = (work: Work) => (isDownload(work) ? paces.network : paces.computer);
  const later = works.slice(at + 1, last + 1);
  const present = works[at];
  return later.reduce(
    (sum, work) => sum + work.seconds * paceFor(work),
    present ? leftOf(course, present, paceFor(present)) : 0,
  );
}

/** A fast network says nothing of the compiler. */
function isDownload({ step }: Work): boolean {
  return step === "downloading";
}

/** Seconds that the present work still takes. */
function leftOf({ running, counted }: Course, work: Work, pace: number): number {
  const expected = work.seconds * pace;
  if (!work.counts || !counted) return Math.max(expected - running, expected * OVERDUE_SHARE);
  const { seconds, done, before } = counted;
  const part = Math.min(done / work.amount, 1);
  const own = (done - before) / work.amount;
  if (own < TELLING_SHARE) return expected * (1 - part);
  return (seconds / own) * (1 - part);
}

/** How much longer than expected downloads, or all other works, take today. */
function paceOf(course: Course, downloads: boolean): number {
  const { works, spent, counted } = course;
  let should = 0;
  let took = 0;
  for (const [at, work] of works.slice(0, spent.length + 1).entries()) {
    if (isDownload(work) !== downloads) continue;
    const isDone = at < spent.length;
    const part = isDone ? 1 : counted ? (counted.done - counted.before) / work.amount : 0;
    if (part < TELLING_SHARE) continue;
    should += work.seconds * part;
    took += isDone ? (spent[at] ?? 0) : (counted?.seconds ?? 0);
  }
  if (should < TELLING_SECONDS) return 1;
  return Math.min(Math.max(took / should, PACES.least), PACES.most);
}
