import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { MachineState, Reading } from "../../machine/protocol.ts";
import { type PageMachine, pageMachine } from "../lab/page-machine.ts";

/** An instrument's hold on one of the page's machines. */
export interface Attached {
  machine: PageMachine;
  /** Whether the page's script runs. */
  alive: ReadonlySignal<boolean>;
  /**
   * The machine's state. `idle` until the script runs, as the server drew it: a machine that runs
   * already, for another part of the page, would leave attributes behind that nobody sets again.
   */
  state: ReadonlySignal<MachineState>;
  /** Whether the instrument is on the screen, so that drawing is worth the while. */
  seen: ReadonlySignal<boolean>;
  /** What the probes have counted, as of late; undefined when the machine has gone. */
  reading: ReadonlySignal<Reading | undefined>;
}

/**
 * Attaches an instrument to the page's machine of that name and counts it among its users.
 * @param probes  whether it wants readings; they are taken only while it is on the screen
 */
export function useMachine(
  id: string,
  guestPath: string,
  place: RefObject<Element>,
  { probes = true }: { probes?: boolean } = {},
): Attached {
  const machine = useMemo(() => pageMachine(id, guestPath), []);
  const alive = useSignal(false);
  const state = useComputed(() => (alive.value ? machine.state.value : "idle"));
  const seen = useSignal(false);
  const reading = useSignal<Reading | undefined>(undefined);
  useEffect(() => {
    alive.value = true;
    const release = machine.use();
    // Each instrument draws in a task of its own, so that many of them do not add up to a long one.
    const stop = machine.reading.subscribe((counted) => {
      setTimeout(() => {
        if (seen.value || !counted) reading.value = counted;
      });
    });
    let endLook: (() => void) | undefined;
    const observer = new IntersectionObserver((entries) => {
      const now = entries.at(-1)?.isIntersecting ?? false;
      if (now === seen.value) return;
      seen.value = now;
      endLook?.();
      endLook = now && probes ? machine.look() : undefined;
    });
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      endLook?.();
      stop();
      release();
    };
  }, []);
  return { machine, alive, state, seen, reading };
}
