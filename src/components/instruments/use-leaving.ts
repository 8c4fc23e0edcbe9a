import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { type NamespaceData, namespaceData } from "../../lab/instruments/namespace-map.ts";
import type { AgentProcess } from "../../machine/agent-protocol.ts";
import { lessMotion } from "../lab/motion.ts";

/** How long what has ended is still seen to go; as in namespace-map.css. */
const LEAVING_MS = 500;

/** What is drawn: all processes now, and the ids of those that have just ended. */
export interface Shown {
  data: NamespaceData;
  leaving: ReadonlySet<number>;
}

export const NOBODY: ReadonlySet<number> = new Set();

/** What was told last, with those that are missing from it for a moment longer. */
export function useLeaving(told: Signal<AgentProcess[] | undefined>): Signal<Shown | undefined> {
  const shown = useSignal<Shown | undefined>();
  useSignalEffect(() => {
    const processes = told.value;
    if (!processes) {
      shown.value = undefined;
      return;
    }
    const data = namespaceData(processes);
    const before = shown.peek();
    if (before && before.leaving.size === 0 && same(before.data, data)) return;
    const present = new Set(data.processes.map(({ pid }) => pid));
    const gone = (before?.data.processes ?? []).filter(
      ({ pid }) => !present.has(pid) && !before?.leaving.has(pid),
    );
    if (gone.length === 0 || lessMotion()) {
      shown.value = { data, leaving: NOBODY };
      return;
    }
    const merged = [...data.processes, ...gone].sort((a, b) => a.pid - b.pid);
    shown.value = {
      data: { ...data, processes: merged },
      leaving: new Set(gone.map(({ pid }) => pid)),
    };
    const timer = setTimeout(() => {
      shown.value = { data, leaving: NOBODY };
    }, LEAVING_MS);
    return () => clearTimeout(timer);
  });
  return shown;
}

function same(one: NamespaceData, other: NamespaceData): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
