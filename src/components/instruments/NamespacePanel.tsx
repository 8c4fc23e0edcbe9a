import type { JSX } from "preact";
import { type NamespaceData, ownNamespaces } from "../../lab/instruments/namespace-map.ts";
import { type AgentProcess, namespaceTypes } from "../../machine/agent-protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { pidsOf } from "./NamespaceBoxes.tsx";

interface PanelProps {
  chosen: AgentProcess;
  data: NamespaceData;
  leaving: ReadonlySet<number>;
  strings: Strings;
}

/** The chosen process's eight namespaces; those that are not PID 1's stand out. */
export function NamespacePanel({ chosen, data, leaving, strings }: PanelProps): JSX.Element {
  const now = data.processes.find(({ pid }) => pid === chosen.pid);
  const process = now ?? chosen;
  const own = ownNamespaces(process, data);
  return (
    <section class="ok-ns-panel" aria-live="polite">
      <p class="ok-ns-title">
        {text(strings, "namespace-map.panel", { name: process.comm, pids: pidsOf(process) })}
      </p>
      {(!now || leaving.has(process.pid)) && (
        <p>{text(strings, "namespace-map.gone", { pid: String(process.pid) })}</p>
      )}
      <dl>
        {namespaceTypes.map((type) => {
          const inode = process.namespaces[type];
          const standing = inode === null ? "none" : own.includes(type) ? "other" : "same";
          return (
            <div key={type} data-standing={standing}>
              <dt>{type}</dt>
              <dd>
                <span class="ok-ns-pids">{inode ?? "–"}</span>
                <small>{text(strings, `namespace-map.${standing}`)}</small>
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
