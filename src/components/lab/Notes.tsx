import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { PastRun } from "../progress/PastRun.tsx";
import { ProgressTrouble } from "../progress/ProgressTrouble.tsx";
import { progressStore } from "./progress-store.ts";

interface NotesProps {
  /** Of the experiment. */
  id: string;
  alive: boolean;
  lang: Language;
}

/** Room for the reader's own words, kept in this browser. */
export function Notes({ id, alive, lang }: NotesProps): JSX.Element {
  const strings = words(lang);
  const { notes = "" } = alive ? progressStore.experience(id) : {};
  const fold = useRef<HTMLDetailsElement>(null);
  // Opened once, for notes from an earlier visit: whoever empties the notes goes on writing.
  useEffect(() => {
    if (alive && notes && fold.current) fold.current.open = true;
  }, [alive]);
  return (
    <div class="ok-notes">
      <p class="ok-note">
        <PastRun id={id} lang={lang} />
      </p>
      <details ref={fold}>
        <summary>{text(strings, "lab.notes")}</summary>
        <textarea
          rows={3}
          disabled={!alive}
          aria-label={text(strings, "lab.notes")}
          placeholder={text(strings, "lab.notes.hint")}
          value={notes}
          onInput={(event) => progressStore.note(id, event.currentTarget.value)}
        />
      </details>
      {alive && <ProgressTrouble strings={strings} />}
    </div>
  );
}
