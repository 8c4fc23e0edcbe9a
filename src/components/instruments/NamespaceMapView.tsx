import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { CONTAINER } from "../../lab/instruments/instrument.ts";
import {
  allBoxes,
  type Grouping,
  groupings,
  mostIsolated,
  type NamespaceData,
  namespaceTree,
} from "../../lab/instruments/namespace-map.ts";
import type { Borrower } from "../../lab/lease.ts";
import {
  type AgentProcess,
  type NamespaceType,
  namespaceTypes,
} from "../../machine/agent-protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { ToldTrouble } from "../machine/task.ts";
import { useTask } from "../machine/use-task.ts";
import { agentOf } from "./agent-of.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { Boxes, Processes, pidsOf, threadsText } from "./NamespaceBoxes.tsx";
import { NamespacePanel } from "./NamespacePanel.tsx";
import { borrowed } from "./quiet-terminal.ts";
import { toldTrouble, useAgent } from "./use-agent.ts";
import { NOBODY, useLeaving } from "./use-leaving.ts";
import { useMachine } from "./use-machine.ts";

const EVERY_MS = 400;
/** Processes in the table: each costs time at every change. */
const MOST_ROWS = 60;

const WHO: Borrower = { kind: "instrument", id: "namespace-map" };

/** Processes in boxes by namespace. */
export function NamespaceMapView(props: InstrumentProps<NamespaceData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place, { probes: false });
  const { alive } = attached;
  const agent = agentOf(attached.machine);
  const told = useAgent(attached, "processes", EVERY_MS);
  const live = useLeaving(told.value);
  const by = useSignal<Grouping>("all");
  const selected = useSignal<AgentProcess | undefined>();
  const wanted = useSignal<readonly NamespaceType[]>(CONTAINER);
  const task = useTask(attached, strings);

  const { data, leaving } = live.value ?? { data: recorded.data, leaving: NOBODY };
  const tree = useMemo(() => namespaceTree(data, by.value), [data, by.value]);
  const most = useMemo(() => mostIsolated(data), [data]);
  const table = useMemo(() => tableOf(data, strings), [data]);
  const chosen = selected.value ?? most;
  const byText = groupingText(strings, by.value);
  const start = () =>
    task.run(async (signal) => {
      const spawn = () => agent.spawn(1, wanted.value);
      const { failure } = (await borrowed(attached.machine, WHO, spawn, signal)).value;
      if (failure) throw new ToldTrouble(text(strings, "namespace-map.failed", textual(failure)));
    });
  const end = () =>
    task.run(async (signal) => {
      await borrowed(attached.machine, WHO, () => agent.killAll(), signal);
    });
  const state = attached.state.value;
  const ready = state === "ready" && !task.busy.value;
  const count = {
    boxes: allBoxes(tree.boxes).length,
    processes: data.processes.length - leaving.size,
  };
  const drawing = { strings, leaving, chosen, alive: alive.value };
  return (
    <Frame
      {...props}
      id="namespace-map"
      place={place}
      attached={attached}
      live={live.value !== undefined}
      trouble={task.trouble.value ?? toldTrouble(strings, told, state)}
      table={table}
      tools={
        <>
          <button type="button" class="ok-button" disabled={!ready} onClick={() => void start()}>
            {text(strings, "namespace-map.start")}
          </button>
          <button type="button" class="ok-button" disabled={!ready} onClick={() => void end()}>
            {text(strings, "namespace-map.end")}
          </button>
          <fieldset class="ok-ns-pick" disabled={!alive.value}>
            <legend>{text(strings, "namespace-map.pick")}</legend>
            {namespaceTypes.map((type) => (
              <label key={type}>
                <input
                  type="checkbox"
                  checked={wanted.value.includes(type)}
                  onChange={({ currentTarget: { checked } }) => {
                    const others = wanted.value.filter((other) => other !== type);
                    wanted.value = checked ? [...others, type] : others;
                  }}
                />
                {type}
              </label>
            ))}
          </fieldset>
        </>
      }
    >
      <div class="ok-choices">
        <label>
          {text(strings, "namespace-map.by")}{" "}
          <select
            value={by.value}
            disabled={!alive.value}
            onChange={({ currentTarget: { value } }) => {
              by.value = groupings.find((grouping) => grouping === value) ?? "all";
            }}
          >
            {groupings.map((grouping) => (
              <option key={grouping} value={grouping}>
                {groupingText(strings, grouping)}
              </option>
            ))}
          </select>
        </label>
        <span role="status">{text(strings, "namespace-map.summary", count)}</span>
      </div>
      <p class="ok-ns-key">{keyText(data, strings)}</p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms. */}
      <div
        class="ok-ns-machine"
        role="group"
        aria-label={text(strings, "namespace-map.alt", { ...count, by: byText })}
      >
        <p class="ok-ns-title">{text(strings, "namespace-map.machine")}</p>
        <Boxes
          {...drawing}
          boxes={tree.boxes}
          by={by.value}
          outermost
          onChoose={(process) => {
            selected.value = process;
          }}
        />
        {tree.left.length > 0 && (
          <div class="ok-ns-box ok-ns-left">
            <p class="ok-ns-title">{text(strings, "namespace-map.left")}</p>
            <Processes
              {...drawing}
              processes={tree.left}
              onChoose={(process) => {
                selected.value = process;
              }}
            />
          </div>
        )}
      </div>
      {chosen && <NamespacePanel chosen={chosen} data={data} leaving={leaving} strings={strings} />}
    </Frame>
  );
}

function groupingText(strings: Strings, by: Grouping): string {
  return by === "all"
    ? text(strings, "namespace-map.by.all")
    : text(strings, "namespace-map.by.one", { type: by });
}

/** How to read the numbers, with those of a process on the picture if one has two. */
function keyText({ processes }: NamespaceData, strings: Strings): string {
  const [outside = 212, inside = 1] =
    processes.find(({ nspid }) => nspid.length === 2)?.nspid ?? [];
  return text(strings, "namespace-map.key", { outside: String(outside), inside: String(inside) });
}

function textual({ errno, detail }: { errno: number; detail: string }) {
  return { errno: String(errno), detail };
}

function tableOf({ processes, threads }: NamespaceData, strings: Strings) {
  const inodes = (namespaces: AgentProcess["namespaces"]) =>
    namespaceTypes.map((type) => String(namespaces[type] ?? "–"));
  const more = processes.length - MOST_ROWS;
  return {
    head: [
      text(strings, "namespace-map.head.process"),
      text(strings, "namespace-map.head.pids"),
      ...namespaceTypes,
    ],
    rows: [
      ...processes
        .slice(0, MOST_ROWS)
        .map((process) => [process.comm, pidsOf(process), ...inodes(process.namespaces)]),
      ...(more > 0 ? [[text(strings, "namespace-map.more.processes", { count: more })]] : []),
      ...threads.map(({ names, namespaces }) => [
        threadsText({ threads: names }, strings),
        "",
        ...inodes(namespaces),
      ]),
    ],
  };
}
