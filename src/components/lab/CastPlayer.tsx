import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type CastEvent, parseCast } from "../../lab/cast.ts";

interface CastPlayerProps {
  /** Address of the asciicast. */
  url: string;
  /** What a screen reader calls the terminal. */
  label: string;
}

/** Plays a recording in a terminal of its own, at the speed of the original. */
export function CastPlayer({ url, label }: CastPlayerProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stopped = new AbortController();
    void play(url, label, place.current, stopped.signal).catch(ignoreAbort);
    return () => stopped.abort();
  }, [url]);
  return <div class="ok-terminal-place" ref={place} />;
}

/** Leaving in mid-download is no error. */
function ignoreAbort(thrown: unknown): void {
  if (!(thrown instanceof DOMException && thrown.name === "AbortError")) throw thrown;
}

async function play(
  url: string,
  label: string,
  place: Element | null,
  signal: AbortSignal,
): Promise<void> {
  const [{ TerminalView }, response] = await Promise.all([
    import("./terminal-view.ts"),
    fetch(url, { signal }),
  ]);
  const { events } = parseCast(await response.text());
  if (!place || signal.aborted) return;
  const view = new TerminalView({ input: () => {}, resize: () => {} });
  signal.addEventListener("abort", () => view.dispose());
  view.moveTo(place, label);
  const began = performance.now();
  for (const [seconds, kind, data] of events satisfies CastEvent[]) {
    if (kind !== "o") continue;
    const wait = seconds * 1000 - (performance.now() - began);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (signal.aborted) return;
    view.write(data);
  }
}
