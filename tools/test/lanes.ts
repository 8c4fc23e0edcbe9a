import { join } from "node:path";
import type { Cores } from "./cores.ts";
import { Log } from "./log.ts";
import { failure, type StageResult } from "./result.ts";

/** One stage of `npm test`. */
export interface Stage {
  name: string;
  /** Stages without whose success this one is not run. */
  needs?: readonly string[];
  /** Stages that have to be over, however they ended: they write what this one reads. */
  after?: readonly string[];
  /**
   * How many cores it keeps busy; 0 where its workers ask for theirs. One that measures takes all.
   */
  cores: number;
  run(log: Log): Promise<StageResult>;
}

/** What became of a stage. */
export interface StageEnd {
  name: string;
  result: StageResult;
  /** Of the work itself, without waiting for cores and other stages. */
  seconds: number;
}

/** Told as stages begin and end. */
export interface Follower {
  began?(name: string): void;
  ended(end: StageEnd, output: string): void;
}

/**
 * Runs stages beside each other as far as they may and there are cores, those that come first in the
 * list first. All are run, whatever becomes of others, but those that need one that failed.
 * @param folder where each stage's output is written while it runs
 */
export async function runStages(
  stages: readonly Stage[],
  cores: Cores,
  folder: string,
  follower: Follower,
): Promise<StageEnd[]> {
  const ends = new Map<string, Promise<StageEnd>>();
  for (const [priority, stage] of stages.entries()) {
    const before = [...(stage.needs ?? []), ...(stage.after ?? [])].flatMap(
      (name) => ends.get(name) ?? [],
    );
    ends.set(stage.name, one(stage, before, priority));
  }
  return Promise.all(ends.values());

  async function one(
    stage: Stage,
    before: Promise<StageEnd>[],
    priority: number,
  ): Promise<StageEnd> {
    const over = await Promise.all(before);
    const missing = over.find(({ name, result }) => result.failed && stage.needs?.includes(name));
    if (missing) {
      const result = failure(`not run: ${missing.name} failed`);
      const end = { name: stage.name, result, seconds: 0 };
      follower.ended(end, "");
      return end;
    }
    const release = stage.cores > 0 ? await cores.take(stage.cores, priority) : () => {};
    const log = new Log(join(folder, `${stage.name}.log`));
    follower.began?.(stage.name);
    const start = performance.now();
    const result = await stage.run(log).catch((error: unknown) => failure(String(error)));
    const end = { name: stage.name, result, seconds: (performance.now() - start) / 1000 };
    await log.close();
    follower.ended(end, log.text);
    // What waited for this stage asks for its cores before others get them.
    setImmediate(release);
    return end;
  }
}
