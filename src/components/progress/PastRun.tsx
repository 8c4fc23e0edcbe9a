import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { dayOf, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { progressStore } from "../lab/progress-store.ts";

interface PastRunProps {
  /** Of the experiment. */
  id: string;
  lang: Language;
}

/** Whether this reader ran an experiment to its end, and how it went. */
export function PastRun({ id, lang }: PastRunProps): JSX.Element {
  const strings = words(lang);
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
