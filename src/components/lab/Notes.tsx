import type { JSX } from "preact";
import { progressStore } from "./progress-store.ts";
import { type Strings, text } from "./strings.ts";

interface NotesProps {
  /** Of the experiment. */
  id: string;
  alive: boolean;
  strings: Strings;
}

/** Room for the reader's own words, kept in this browser. */
export function Notes({ id, alive, strings }: NotesProps): JSX.Element {
  const { notes = "", verdict } = alive ? progressStore.experience(id) : {};
  const trouble = progressStore.trouble.value;
  return (
    <div class="ok-notes">
      {verdict && (
        <p class="ok-note ok-past" data-ok={verdict.ok}>
          {text(strings, verdict.ok ? "lab.past.held" : "lab.past.failed", {
            date: verdict.at.slice(0, "YYYY-MM-DD".length),
          })}
        </p>
      )}
      <details open={notes !== ""}>
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
      {trouble && (
        <p class="ok-trouble" role="alert">
          {text(strings, `progress.trouble.${trouble.code}`, trouble.params)}
        </p>
      )}
    </div>
  );
}
