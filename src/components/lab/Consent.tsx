import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { bytesIn } from "../../ui/bytes.ts";
import type { Load } from "./heavy.ts";
import { type Strings, text } from "./strings.ts";

/** A question that waits for the reader: whether something large may be downloaded. */
export interface Asked {
  load: Load;
  /** What is done after a yes. */
  go: () => void;
}

/** @returns what is asked; {@link Consent} shows it */
export function useAsked(): Signal<Asked | undefined> {
  return useSignal<Asked | undefined>(undefined);
}

/** Asks before a large download on a phone, or over a connection that counts bytes. */
export function Consent({
  asked,
  strings,
}: {
  asked: Signal<Asked | undefined>;
  strings: Strings;
}): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const now = asked.value;
  useEffect(() => {
    if (now) dialog.current?.showModal();
  }, [now]);
  if (!now) return null;
  const params = { size: bytesIn(strings)(now.load.bytes), memory: now.load.memoryMiB };
  const answer = (go?: () => void) => {
    dialog.current?.close();
    go?.();
  };
  return (
    <dialog
      class="ok-dialog"
      ref={dialog}
      aria-labelledby={title}
      onClose={() => {
        asked.value = undefined;
      }}
    >
      <p id={title}>
        <strong>{text(strings, "machine.heavy.title")}</strong>
      </p>
      <p>{text(strings, "machine.heavy.text", params)}</p>
      <p class="ok-lab-actions">
        <button type="button" class="ok-button ok-primary" onClick={() => answer(now.go)}>
          {text(strings, "machine.heavy.go")}
        </button>
        {/* A key that is still held down must not say yes. */}
        <button type="button" class="ok-button" autofocus onClick={() => answer()}>
          {text(strings, "machine.heavy.no")}
        </button>
      </p>
    </dialog>
  );
}
