import type { BuildPlace } from "./build-all.ts";
import type { LockOwner } from "./build-lock.ts";
import { BuildReport } from "./report.ts";
import type { Told } from "./report-messages.ts";
import { troubleOf } from "./trouble.ts";

/**
 * Has the pages of a checkout told how their build is doing: by this process, or by the one that is
 * building it already.
 */
export class Teller {
  /** What is to be built, in order. */
  machines: Told[] = [];
  readonly #place: BuildPlace;
  #report: Promise<BuildReport> | undefined;

  constructor(place: BuildPlace) {
    this.#place = place;
  }

  /** Another build has the cache. */
  async waits({ pid, output }: LockOwner): Promise<void> {
    if (output === this.#place.output) {
      await this.end();
      tellParent();
    } else (await this.#begin()).waits(pid);
  }

  /** Does the work, and leaves behind what became of it. */
  async telling(work: (report: BuildReport) => Promise<void>): Promise<void> {
    const report = await this.#begin();
    try {
      await work(report);
      await report.done();
    } catch (error) {
      const { kind, text } = troubleOf(error, this.#place.cache);
      await report.failed(kind, text);
      throw error;
    }
  }

  /** Tells no more. */
  async end(): Promise<void> {
    const report = this.#report;
    this.#report = undefined;
    await (await report)?.withdraw();
  }

  async #begin(): Promise<BuildReport> {
    const parent = process.send ? process.ppid : undefined;
    this.#report ??= BuildReport.begin({ ...this.#place, machines: this.machines, parent });
    const report = await this.#report;
    tellParent();
    return report;
  }
}

/** `npm start` has a channel to what it starts, and serves pages once they can be told of the build. */
function tellParent(): void {
  process.send?.("told");
}
