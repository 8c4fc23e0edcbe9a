import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { z } from "zod";
import { bootOf, bootSchema } from "../../lab/instruments/boot-timeline.ts";
import type { PageMachine } from "../lab/page-machine.ts";

const ownBootsSchema = z.array(
  z.strictObject({
    /** Counts the session's boots of that machine, from 1. */
    number: z.int().positive(),
    machine: z.string(),
    boot: bootSchema,
  }),
);
export type OwnBoot = z.infer<typeof ownBootsSchema>[number];

const KEY = "one-kernel.boots";
/** More would crowd out the recorded ones. */
const MOST = 5;

/** The newest boots of the page's machine in this browser session, the newest last. */
export function useOwnBoots(machine: PageMachine): Signal<OwnBoot[]> {
  const boots = useSignal<OwnBoot[]>([]);
  useEffect(() => {
    const id = machine.port.id;
    const ofOthers = load().filter((boot) => boot.machine !== id);
    boots.value = load().filter((boot) => boot.machine === id);
    return machine.status.subscribe((status) => {
      if (status.state !== "ready") return;
      const boot = bootOf(status.boot);
      const last = boots.value.at(-1);
      // The same boot is told again when a paused machine goes on.
      if (last && JSON.stringify(last.boot) === JSON.stringify(boot)) return;
      const number = (last?.number ?? 0) + 1;
      boots.value = [...boots.value, { number, machine: id, boot }].slice(-MOST);
      save([...ofOthers, ...boots.value]);
    });
  }, []);
  return boots;
}

function load(): OwnBoot[] {
  try {
    return ownBootsSchema.parse(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  } catch {
    // Storage is refused, or holds what another version of the page has left.
    return [];
  }
}

function save(boots: OwnBoot[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(boots));
  } catch {
    // They last as long as the page.
  }
}
