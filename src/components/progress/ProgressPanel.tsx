import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { progressStore } from "../lab/progress-store.ts";
import { type Strings, text } from "../lab/strings.ts";

/** By then a browser has taken the bytes of a download that the page itself made. */
const DOWNLOAD_MS = 60_000;

type Told = "imported" | "refused-file" | "forgotten" | undefined;

/** Export, import and removal of what this browser remembers. */
export function ProgressPanel({ strings }: { strings: Strings }): JSX.Element {
  const alive = useSignal(false);
  const told = useSignal<Told>(undefined);
  const chooser = useRef<HTMLInputElement>(null);
  const question = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    progressStore.open();
    alive.value = true;
  }, []);
  const trouble = progressStore.trouble.value;
  const count = alive.value ? Object.keys(progressStore.progress.value.experiments).length : 0;

  const importFile = async (file: File | undefined) => {
    if (!file) return;
    told.value = progressStore.import(await file.text()) ? "imported" : "refused-file";
    if (chooser.current) chooser.current.value = "";
  };
  return (
    <div class="ok-progress not-content">
      <p>{text(strings, "progress.about", { count })}</p>
      <p class="ok-lab-actions">
        <button type="button" class="ok-button" disabled={!alive.value} onClick={exportFile}>
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
          disabled={!alive.value || count === 0}
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
      {trouble && (
        <p class="ok-trouble" role="alert">
          {text(strings, `progress.trouble.${trouble.code}`, trouble.params)}
        </p>
      )}
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

function exportFile(): void {
  const body = JSON.stringify(progressStore.progress.value, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([body], { type: "application/json" }));
  link.download = `one-kernel-progress-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}
