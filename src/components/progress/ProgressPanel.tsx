import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { type Imported, progressStore } from "../lab/progress-store.ts";
import { exportProgress } from "./export-progress.ts";
import { ProgressTrouble } from "./ProgressTrouble.tsx";

type Told = Imported | "forgotten" | undefined;

/** Export, import and removal of what this browser remembers. */
export function ProgressPanel({ lang }: { lang: Language }): JSX.Element {
  const strings = words(lang);
  const alive = useSignal(false);
  const told = useSignal<Told>(undefined);
  const chooser = useRef<HTMLInputElement>(null);
  const question = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    progressStore.open();
    alive.value = true;
  }, []);
  // What a later version has stored is not this page's to delete.
  const theirs = progressStore.trouble.value?.code === "newer";
  const count = alive.value ? Object.keys(progressStore.progress.value.experiments).length : 0;

  const importFile = async (file: File | undefined) => {
    if (!file) return;
    told.value = progressStore.import(await file.text());
    if (chooser.current) chooser.current.value = "";
  };
  return (
    <div class="ok-progress not-content">
      <p>{text(strings, "progress.about", { count })}</p>
      <p class="ok-lab-actions">
        <button type="button" class="ok-button" disabled={!alive.value} onClick={exportProgress}>
          {text(strings, "progress.export")}
        </button>
        <button
          type="button"
          class="ok-button"
          disabled={!alive.value}
          onClick={() => chooser.current?.click()}
        >
          {text(strings, "progress.import")}
        </button>
        <button
          type="button"
          class="ok-button"
          disabled={!alive.value || count === 0 || theirs}
          onClick={() => question.current?.showModal()}
        >
          {text(strings, "progress.forget")}
        </button>
      </p>
      <input
        ref={chooser}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={text(strings, "progress.import")}
        onChange={(event) => void importFile(event.currentTarget.files?.[0])}
      />
      <p aria-live="polite">{told.value && text(strings, `progress.told.${told.value}`)}</p>
      {alive.value && <ProgressTrouble strings={strings} />}
      <dialog
        ref={question}
        class="ok-dialog"
        onClose={(event) => {
          if (event.currentTarget.returnValue !== "yes") return;
          progressStore.forget();
          told.value = "forgotten";
        }}
      >
        <form method="dialog">
          <p>{text(strings, "progress.forget.sure")}</p>
          <p class="ok-lab-actions">
            <button class="ok-button" value="no" type="submit">
              {text(strings, "progress.forget.no")}
            </button>
            <button class="ok-button" value="yes" type="submit">
              {text(strings, "progress.forget.yes")}
            </button>
          </p>
        </form>
      </dialog>
    </div>
  );
}
