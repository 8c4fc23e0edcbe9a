import { z } from "zod";
import {
  type AgentProcess,
  type NamespaceType,
  namespaceTypes,
  processSchema,
} from "../../machine/agent-protocol.ts";
import { type Bench, CONTAINER, type Instrument, oneMachine, type Roles } from "./instrument.ts";

/** Kernel threads that are in the same namespaces, by their names. */
const threadsSchema = z.strictObject({
  names: z.array(z.string()).min(1),
  namespaces: processSchema.shape.namespaces,
});

const dataSchema = z.strictObject({
  /** Programs' processes, by process id. */
  processes: z.array(processSchema),
  threads: z.array(threadsSchema),
});
/** All processes of the machine at one moment. */
export type NamespaceData = z.infer<typeof dataSchema>;

type Inodes = AgentProcess["namespaces"];

/** What the map groups by: one type of namespace, or all eight at once. */
export type Grouping = NamespaceType | "all";
export const groupings: readonly Grouping[] = ["all", ...namespaceTypes];

/** Processes that are in the same namespaces, as far as the grouping goes. */
export interface NamespaceBox {
  /** The same for the same namespaces, at every moment of a boot. */
  key: string;
  /** Of one of its processes: only those that are grouped by are everybody's. */
  namespaces: Inodes;
  /** Grouped types in which it differs from the box around it, or from the first one beside it. */
  others: NamespaceType[];
  processes: AgentProcess[];
  /** Names of its kernel threads. */
  threads: string[];
  /** Boxes inside it, each with a younger first process than the one before. */
  boxes: NamespaceBox[];
}

export interface NamespaceTree {
  /** The machine's first namespaces come first. */
  boxes: NamespaceBox[];
  /** Ended, but not yet waited for: they have left the namespaces in question. */
  left: AgentProcess[];
}

/** The thread that starts all other kernel threads. */
const KTHREADD = 2;

/** Separates programs from kernel threads, which become names. */
export function namespaceData(processes: readonly AgentProcess[]): NamespaceData {
  const sorted = processes.toSorted((a, b) => a.pid - b.pid);
  const isThread = ({ pid, ppid }: AgentProcess) => pid === KTHREADD || ppid === KTHREADD;
  const threads = Map.groupBy(sorted.filter(isThread), (thread) => keyOf(thread.namespaces, "all"));
  return {
    processes: sorted.filter((process) => !isThread(process)),
    threads: [...threads.values()].flatMap((group) => {
      const namespaces = group[0]?.namespaces;
      return namespaces ? [{ names: group.map(({ comm }) => comm), namespaces }] : [];
    }),
  };
}

/**
 * Boxes of processes by namespace. PID namespaces are in the one they were made in. With `all`, a box
 * is in the one its first process was started from. Other types have no inside: they are side by side.
 * (User namespaces have, but `/proc` does not say which is in which.)
 */
export function namespaceTree(data: NamespaceData, by: Grouping): NamespaceTree {
  const types = typesOf(by);
  const gone = ({ namespaces }: AgentProcess) => types.some((type) => namespaces[type] === null);
  const boxes = boxesOf(data, by, gone);
  const [first] = boxes;
  const outer = by === "all" || by === "pid" ? outerBoxes(boxes, data.processes, by) : new Map();
  for (const box of boxes) {
    const around: NamespaceBox | undefined = outer.get(box);
    const other = around ?? first ?? box;
    box.others = types.filter((type) => box.namespaces[type] !== other.namespaces[type]);
    around?.boxes.push(box);
  }
  return {
    boxes: boxes.filter((box) => !outer.has(box)),
    left: data.processes.filter(gone),
  };
}

/** All boxes, those inside others too, from the outside in. */
export function allBoxes(boxes: readonly NamespaceBox[]): NamespaceBox[] {
  return boxes.flatMap((box) => [box, ...allBoxes(box.boxes)]);
}

/** Types in which a process is not where PID 1 is. A namespace it has left is none. */
export function ownNamespaces(
  { namespaces }: Pick<AgentProcess, "namespaces">,
  { processes }: NamespaceData,
): NamespaceType[] {
  const init = processes.find(({ pid }) => pid === 1)?.namespaces;
  return namespaceTypes.filter(
    (type) => init && namespaces[type] !== null && namespaces[type] !== init[type],
  );
}

/** The process to show first: the one with most of its own, as deep inside as possible. */
export function mostIsolated(data: NamespaceData): AgentProcess | undefined {
  const rank = (process: AgentProcess) =>
    process.nspid.length * (namespaceTypes.length + 1) + ownNamespaces(process, data).length;
  return data.processes.reduce<AgentProcess | undefined>(
    (most, process) => (most && rank(most) >= rank(process) ? most : process),
    undefined,
  );
}

function typesOf(by: Grouping): readonly NamespaceType[] {
  return by === "all" ? namespaceTypes : [by];
}

function keyOf(namespaces: Inodes, by: Grouping): string {
  return typesOf(by)
    .map((type) => `${type}:${namespaces[type]}`)
    .join(" ");
}

/** One box for each set of namespaces; PID 1's is the first. */
function boxesOf(
  { processes, threads }: NamespaceData,
  by: Grouping,
  gone: (process: AgentProcess) => boolean,
): NamespaceBox[] {
  const boxes = new Map<string, NamespaceBox>();
  const boxFor = (namespaces: Inodes) => {
    const key = keyOf(namespaces, by);
    const box = boxes.get(key) ?? empty(key, namespaces);
    boxes.set(key, box);
    return box;
  };
  for (const process of processes)
    if (!gone(process)) boxFor(process.namespaces).processes.push(process);
  for (const { names, namespaces } of threads) boxFor(namespaces).threads.push(...names);
  return [...boxes.values()];
}

function empty(key: string, namespaces: Inodes): NamespaceBox {
  return { key, namespaces, others: [], processes: [], threads: [], boxes: [] };
}

/**
 * Which box each box is in; the first is in none. The kernel keeps the parent of a PID namespace's
 * first process in the namespace around it, even when the parent that made it has ended.
 */
function outerBoxes(
  boxes: readonly NamespaceBox[],
  processes: readonly AgentProcess[],
  by: "all" | "pid",
): Map<NamespaceBox, NamespaceBox> {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const byKey = new Map(boxes.map((box) => [box.key, box]));
  const outer = new Map<NamespaceBox, NamespaceBox>();
  const [first] = boxes;
  const isInside = (box: NamespaceBox, inner: NamespaceBox) => {
    for (let at: NamespaceBox | undefined = box; at; at = outer.get(at))
      if (at === inner) return true;
    return false;
  };
  const around = (box: NamespaceBox): NamespaceBox | undefined => {
    const head = box.processes.find(isFirstInside) ?? box.processes[0];
    const seen = new Set<number>();
    for (let at = head; head && at && !seen.has(at.pid); at = byPid.get(at.ppid)) {
      seen.add(at.pid);
      const found = byKey.get(keyOf(at.namespaces, by));
      const deep = by === "pid" ? head.nspid.length - 1 : head.nspid.length;
      if (found && found !== box && at.nspid.length <= deep && !isInside(found, box)) return found;
    }
    return first;
  };
  for (const box of boxes) {
    const found = box === first ? undefined : around(box);
    if (found) outer.set(box, found);
  }
  return outer;
}

/** Whether it is process 1 of a PID namespace other than the machine's. */
function isFirstInside({ nspid }: AgentProcess): boolean {
  return nspid.length > 1 && nspid.at(-1) === 1;
}

/** A container by hand, with another PID namespace inside it. */
const NESTED =
  "unshare --fork --pid --mount-proc --uts sh -c 'unshare --fork --pid sleep 1000 & sleep 1000' &";

/** Two containers of the agent's, one with four namespaces of its own and one with eight, and one by hand. */
async function record(bench: Bench, { machine }: Roles): Promise<NamespaceData> {
  const { agent, run } = await bench.machine(machine);
  await run(`${NESTED} until [ "$(pgrep -c -x sleep)" = 2 ]; do sleep 0.2; done`);
  for (const namespaces of [CONTAINER, namespaceTypes]) {
    const { failure } = (await agent.spawn(1, namespaces)).value;
    if (failure) throw new Error(`no container: ${failure.detail}`);
  }
  return namespaceData((await agent.ask("processes")).value);
}

export const namespaceMap: Instrument<NamespaceData> = {
  id: "namespace-map",
  ...oneMachine,
  schema: dataSchema,
  record,
};
