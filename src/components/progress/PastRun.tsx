import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { progressStore } from "../lab/progress-store.ts";
import { dayOf, type Strings, text } from "../lab/strings.ts";

interface PastRunProps {
  /** Of the experiment. */
  id: string;
  /** Those under `lab.past.`. */
  strings: Strings;
}

/** Whether this reader ran an experiment to its end, and how it went. */
export function PastRun({ id, strings }: PastRunProps): JSX.Element {
  const alive = useSignal(false);
  useEffect(() => {
    progressStore.open();
    alive.value = true;
  }, []);
  const verdict = alive.value ? progressStore.experience(id).verdict : undefined;
  return (
    <span class="ok-past" data-ok={verdict?.ok}>
      {verdict &&
        text(strings, verdict.ok ? "lab.past.held" : "lab.past.failed", {
          date: dayOf(verdict.at),
        })}
    </span>
  );
}
