import type { JSX } from "preact";
import { allBoxes, type Grouping, type NamespaceBox } from "../../lab/instruments/namespace-map.ts";
import type { AgentProcess } from "../../machine/agent-protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";

/** Boxes in a box, and processes in a box, that are drawn: a thousand take too long, and nobody reads them. */
const MOST_BOXES = 12;
const MOST_PROCESSES = 24;
/** Fewer kernel threads than this are named. */
const NAMED_THREADS = 2;

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

export function Boxes({ boxes, outermost = false, ...props }: BoxesProps): JSX.Element {
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

export function Processes(props: ProcessesProps): JSX.Element | null {
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

function titleOf(box: NamespaceBox, by: Grouping, first: boolean, strings: Strings): string {
  if (by !== "all") {
    const params = { type: by, inode: String(box.namespaces[by]) };
    return text(strings, `namespace-map.${first ? "first" : "own"}.one`, params);
  }
  const types = box.others.join(text(strings, "namespace-map.list"));
  return text(strings, `namespace-map.${first ? "first" : "own"}`, { types });
}

/** Kernel threads by number, or by name where there is one. */
export function threadsText({ threads }: Pick<NamespaceBox, "threads">, strings: Strings): string {
  return threads.length < NAMED_THREADS
    ? text(strings, "namespace-map.thread", { name: threads.join() })
    : text(strings, "namespace-map.threads", { count: threads.length });
}

/** `212 → 1`: the process's ids from the machine's first PID namespace to its own. */
export function pidsOf({ nspid }: AgentProcess): string {
  return nspid.join(" → ");
}

function nameOf({ comm: name, pid, nspid }: AgentProcess, strings: Strings): string {
  const [, ...inner] = nspid;
  const params = { name, outside: String(pid), inside: inner.join(", ") };
  return text(strings, `namespace-map.process${inner.length > 0 ? ".inside" : ""}`, params);
}
