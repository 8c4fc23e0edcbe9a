import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type CastEvent, parseCast } from "../../lab/cast.ts";
import { MachineError, type MachineErrorData } from "../../machine/errors.ts";
import { scriptTrouble } from "../../machine/script-trouble.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { tellStale } from "../site/watch-stale.ts";
import { loadTerminalView } from "./load-terminal.ts";

interface CastPlayerProps {
  /** Address of the asciicast. */
  url: string;
  /** What a screen reader calls the terminal. */
  label: string;
  strings: Strings;
}

/** Plays a recording in a terminal of its own, at the speed of the original. */
export function CastPlayer({ url, label, strings }: CastPlayerProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const trouble = useSignal<MachineErrorData | undefined>(undefined);
  useEffect(() => {
    const stopped = new AbortController();
    trouble.value = undefined;
    play(url, label, place.current, stopped.signal).catch((thrown: unknown) => {
      // Leaving in mid-download is no error.
      if (stopped.signal.aborted) return;
      if (!(thrown instanceof MachineError)) throw thrown;
      trouble.value = thrown.data;
      if (thrown.data.code === "stale") tellStale(thrown.data);
    });
    return () => stopped.abort();
  }, [url]);
  return (
    <>
      <div class="ok-terminal-place" ref={place} hidden={trouble.value !== undefined} />
      {trouble.value && (
        <div class="ok-trouble" role="alert">
          <p>{text(strings, `machine.error.${trouble.value.code}`, trouble.value.params)}</p>
        </div>
      )}
    </>
  );
}

async function play(
  url: string,
  label: string,
  place: Element | null,
  signal: AbortSignal,
): Promise<void> {
  const [TerminalView, events] = await Promise.all([loadTerminalView(), recordingAt(url, signal)]);
  if (!place || signal.aborted) return;
  const view = new TerminalView({ input: () => {}, resize: () => {} });
  signal.addEventListener("abort", () => view.dispose());
  view.moveTo(place, label);
  const began = performance.now();
  for (const [seconds, kind, data] of events) {
    if (kind !== "o") continue;
    const wait = seconds * 1000 - (performance.now() - began);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (signal.aborted) return;
    view.write(data);
  }
}

/** @throws MachineError when it cannot be had, or is damaged */
async function recordingAt(url: string, signal: AbortSignal): Promise<CastEvent[]> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return parseCast(await response.text()).events;
  } catch {
    throw new MachineError(await scriptTrouble(new URL(url, location.href).href, location.href));
  }
}
