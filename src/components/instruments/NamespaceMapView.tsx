import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { CONTAINER } from "../../lab/instruments/instrument.ts";
import {
  allBoxes,
  type Grouping,
  groupings,
  mostIsolated,
  type NamespaceBox,
  type NamespaceData,
  namespaceData,
  namespaceTree,
  ownNamespaces,
} from "../../lab/instruments/namespace-map.ts";
import {
  type AgentProcess,
  type NamespaceType,
  namespaceTypes,
} from "../../machine/agent-protocol.ts";
import { lessMotion } from "../lab/motion.ts";
import { type Strings, text } from "../lab/strings.ts";
import { agentOf } from "./agent-of.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { troubleIn } from "./trouble.ts";
import { toldTrouble, useAgent } from "./use-agent.ts";
import { useMachine } from "./use-machine.ts";

const EVERY_MS = 400;
/** How long what has ended is still seen to go; as in namespace-map.css. */
const LEAVING_MS = 500;
/** Boxes in a box, and processes in a box, that are drawn: a thousand take too long, and nobody reads them. */
const MOST_BOXES = 12;
const MOST_PROCESSES = 24;
/** Processes in the table: each costs time at every change. */
const MOST_ROWS = 60;
/** Fewer kernel threads than this are named. */
const NAMED_THREADS = 2;

/** What is drawn: all processes now, and the ids of those that have just ended. */
interface Shown {
  data: NamespaceData;
  leaving: ReadonlySet<number>;
}

/** Processes in boxes by namespace. */
export function NamespaceMapView(props: InstrumentProps<NamespaceData>): JSX.Element {
  const { strings, recorded } = props;
  const place = useRef<HTMLElement>(null);
  const attached = useMachine("linux", props.guestPath, place, { probes: false });
  const { alive } = attached;
  const agent = agentOf(attached.machine);
  const told = useAgent(attached, "processes", EVERY_MS);
  const live = useLeaving(told.value);
  const by = useSignal<Grouping>("all");
  const selected = useSignal<AgentProcess | undefined>();
  const wanted = useSignal<readonly NamespaceType[]>(CONTAINER);
  const busy = useSignal(false);
  const failed = useSignal<string | undefined>();

  const { data, leaving } = live.value ?? { data: recorded.data, leaving: NOBODY };
  const tree = useMemo(() => namespaceTree(data, by.value), [data, by.value]);
  const most = useMemo(() => mostIsolated(data), [data]);
  const table = useMemo(() => tableOf(data, strings), [data]);
  const chosen = selected.value ?? most;
  const byText = groupingText(strings, by.value);
  const ask = async (work: () => Promise<string | undefined>) => {
    busy.value = true;
    failed.value = undefined;
    const trouble = await troubleIn(async () => {
      failed.value = await work();
    }, strings);
    busy.value = false;
    failed.value ??= trouble;
  };
  const start = async () => {
    const { failure } = (await agent.spawn(1, wanted.value)).value;
    return failure && text(strings, "namespace-map.failed", textual(failure));
  };
  const end = async () => {
    await agent.killAll();
    return undefined;
  };
  const state = attached.state.value;
  const ready = state === "ready" && !busy.value;
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
      trouble={failed.value ?? toldTrouble(strings, told, state)}
      table={table}
      tools={
        <>
          <button type="button" class="ok-button" disabled={!ready} onClick={() => void ask(start)}>
            {text(strings, "namespace-map.start")}
          </button>
          <button type="button" class="ok-button" disabled={!ready} onClick={() => void ask(end)}>
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
      <div class="ok-ns-head">
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
      {chosen && <Panel chosen={chosen} data={data} leaving={leaving} strings={strings} />}
    </Frame>
  );
}

const NOBODY: ReadonlySet<number> = new Set();

/** What was told last, with those that are missing from it for a moment longer. */
function useLeaving(told: Signal<AgentProcess[] | undefined>): Signal<Shown | undefined> {
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

interface Drawing {
  strings: Strings;
  leaving: ReadonlySet<number>;
  chosen: AgentProcess | undefined;
  alive: boolean;
  onChoose(process: AgentProcess): void;
}

interface BoxesProps extends Drawing {
  boxes: readonly NamespaceBox[];
  by: Grouping;
  /** Whether the first of them is the machine's first. */
  outermost?: boolean;
}

function Boxes({ boxes, outermost = false, ...props }: BoxesProps): JSX.Element {
  const { strings, leaving } = props;
  const more = allBoxes(boxes.slice(MOST_BOXES));
  return (
    <ul class="ok-ns-boxes">
      {boxes.slice(0, MOST_BOXES).map((box, index) => (
        <li
          key={box.key}
          class="ok-ns-box"
          data-first={outermost && index === 0}
          data-leaving={
            box.threads.length === 0 && box.processes.every(({ pid }) => leaving.has(pid))
          }
        >
          <p class="ok-ns-title">{titleOf(box, props.by, outermost && index === 0, strings)}</p>
          <Processes {...props} processes={box.processes} />
          {box.threads.length > 0 && <p class="ok-ns-threads">{threadsText(box, strings)}</p>}
          {box.boxes.length > 0 && <Boxes {...props} boxes={box.boxes} />}
        </li>
      ))}
      {more.length > 0 && (
        <li class="ok-ns-more">
          {text(strings, "namespace-map.more.boxes", {
            boxes: more.length,
            count: more.reduce((sum, { processes }) => sum + processes.length, 0),
          })}
        </li>
      )}
    </ul>
  );
}

interface ProcessesProps extends Drawing {
  processes: readonly AgentProcess[];
}

function Processes(props: ProcessesProps): JSX.Element | null {
  const { processes, strings, leaving, chosen } = props;
  const more = processes.length - MOST_PROCESSES;
  if (processes.length === 0) return null;
  return (
    <ul class="ok-ns-processes">
      {processes.slice(0, MOST_PROCESSES).map((process) => (
        <li key={process.pid}>
          <button
            type="button"
            class="ok-ns-process"
            data-leaving={leaving.has(process.pid)}
            aria-pressed={process.pid === chosen?.pid}
            title={nameOf(process, strings)}
            disabled={!props.alive}
            onClick={() => props.onChoose(process)}
          >
            {process.comm} <span class="ok-ns-pids">{pidsOf(process)}</span>
          </button>
        </li>
      ))}
      {more > 0 && (
        <li class="ok-ns-more">{text(strings, "namespace-map.more.processes", { count: more })}</li>
      )}
    </ul>
  );
}

interface PanelProps {
  chosen: AgentProcess;
  data: NamespaceData;
  leaving: ReadonlySet<number>;
  strings: Strings;
}

/** The chosen process's eight namespaces; those that are not PID 1's stand out. */
function Panel({ chosen, data, leaving, strings }: PanelProps): JSX.Element {
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

function groupingText(strings: Strings, by: Grouping): string {
  return by === "all"
    ? text(strings, "namespace-map.by.all")
    : text(strings, "namespace-map.by.one", { type: by });
}

function titleOf(box: NamespaceBox, by: Grouping, first: boolean, strings: Strings): string {
  if (by !== "all") {
    const params = { type: by, inode: String(box.namespaces[by]) };
    return text(strings, `namespace-map.${first ? "first" : "own"}.one`, params);
  }
  const types = box.others.join(text(strings, "namespace-map.list"));
  return text(strings, `namespace-map.${first ? "first" : "own"}`, { types });
}

function threadsText({ threads }: NamespaceBox, strings: Strings): string {
  return threads.length < NAMED_THREADS
    ? text(strings, "namespace-map.thread", { name: threads.join() })
    : text(strings, "namespace-map.threads", { count: threads.length });
}

/** `212 → 1`: the process's ids from the machine's first PID namespace to its own. */
function pidsOf({ nspid }: AgentProcess): string {
  return nspid.join(" → ");
}

function nameOf({ comm: name, pid, nspid }: AgentProcess, strings: Strings): string {
  const [, ...inner] = nspid;
  const params = { name, outside: String(pid), inside: inner.join(", ") };
  return text(strings, `namespace-map.process${inner.length > 0 ? ".inside" : ""}`, params);
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
        names.length < NAMED_THREADS
          ? text(strings, "namespace-map.thread", { name: names.join() })
          : text(strings, "namespace-map.threads", { count: names.length }),
        "",
        ...inodes(namespaces),
      ]),
    ],
  };
}
