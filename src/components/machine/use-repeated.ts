import { type ReadonlySignal, untracked, useSignalEffect } from "@preact/signals";
import type { Task, Work } from "./task.ts";

/** Does something at once and then every so often, as long as it is `wanted`; each time is one run of the task. */
export function useRepeated(
  task: Task,
  wanted: ReadonlySignal<boolean>,
  everyMs: number,
  work: Work,
): void {
  useSignalEffect(() => {
    if (!wanted.value) return;
    // What the work looks at must not begin it anew.
    untracked(() => void task.run(work));
    const timer = setInterval(() => void task.run(work), everyMs);
    return () => clearInterval(timer);
  });
}
