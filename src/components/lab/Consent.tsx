import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { MachineFacts } from "./guest-sizes.ts";
import { heavyLoad, type Load, storedFiles } from "./heavy.ts";
import type { PageMachine } from "./page-machine.ts";

/** How a machine is to be started: a boot reads what it needs piece by piece, and nobody knows how much. */
type How = "start" | "boot";

/** A question that waits for the reader: whether something large may be downloaded. */
interface Asked {
  load: Load;
  how: How;
  /** What is done after a yes. */
  go: () => void;
}

export interface Willing {
  /** What is asked; {@link Consent} shows it. */
  asked: Signal<Asked | undefined>;
  /** Does something that starts these machines, at once or after the reader's yes. */
  willing: (machines: readonly PageMachine[], go: () => void, how?: How) => void;
}

/**
 * What a part of the page that starts machines needs to ask first where it must.
 * @param guestPath  the machines' folder, with a final slash
 */
export function useWilling(
  facts: Readonly<Record<string, MachineFacts>>,
  guestPath: string,
): Willing {
  const asked = useSignal<Asked | undefined>(undefined);
  /** A boot reads other files than those that a start is known to need. */
  const missing = async (machines: readonly PageMachine[]) => {
    const paths = machines.flatMap(({ port }) => Object.keys(facts[port.id]?.files ?? {}));
    return heavyLoad(machines, facts, window, await storedFiles(paths, guestPath));
  };
  const ask = async (machines: readonly PageMachine[], go: () => void, how: How) => {
    // At once where nothing has to be asked.
    const whole = heavyLoad(machines, facts, window);
    const load = whole && how === "start" ? await missing(machines) : whole;
    if (load) asked.value = { load, how, go };
    else go();
  };
  return { asked, willing: (machines, go, how = "start") => void ask(machines, go, how) };
}

interface ConsentProps {
  asked: Willing["asked"];
  strings: Strings;
}

/** Asks before a large download on a phone, or over a connection that counts bytes. */
export function Consent({ asked, strings }: ConsentProps): JSX.Element | null {
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
      <p>{text(strings, `machine.heavy.${now.how}`, params)}</p>
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
