import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Reading } from "../../machine/protocol.ts";
import { type PageMachine, pageMachine } from "../lab/page-machine.ts";

/** An instrument's hold on one of the page's machines. */
export interface Attached {
  machine: PageMachine;
  /** Whether the page's script runs. */
  alive: Signal<boolean>;
  /** Whether the instrument is on the screen, so that drawing is worth the while. */
  seen: Signal<boolean>;
  /** What the probes have counted, as of late; undefined when the machine has gone. */
  reading: Signal<Reading | undefined>;
}

/**
 * Attaches an instrument to the page's machine of that name: it is counted among its users, the
 * probes count from now on, and readings come while the instrument is on the screen.
 */
export function useMachine(
  id: string,
  guestPath: string,
  place: RefObject<Element>,
  { probes = true }: { probes?: boolean } = {},
): Attached {
  const machine = useMemo(() => pageMachine(id, guestPath), []);
  const alive = useSignal(false);
  const seen = useSignal(false);
  const reading = useSignal<Reading | undefined>(undefined);
  useEffect(() => {
    alive.value = true;
    const ends = [machine.use()];
    if (probes) {
      ends.push(machine.watch());
      // Each instrument draws in a task of its own, so that many of them do not add up to a long one.
      ends.push(
        machine.reading.subscribe((counted) => {
          setTimeout(() => {
            if (seen.value || !counted) reading.value = counted;
          });
        }),
      );
    }
    let endLook: (() => void) | undefined;
    const observer = new IntersectionObserver((entries) => {
      seen.value = entries.some(({ isIntersecting }) => isIntersecting);
      endLook?.();
      endLook = seen.value && probes ? machine.look() : undefined;
    });
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      endLook?.();
      for (const end of ends) end();
    };
  }, []);
  return { machine, alive, seen, reading };
}
