import { describe, expect, it } from "vitest";
import {
  allBoxes,
  groupings,
  mostIsolated,
  type NamespaceBox,
  namespaceData,
  namespaceTree,
  ownNamespaces,
} from "../../src/lab/instruments/namespace-map.ts";
import { type AgentProcess, namespaceTypes } from "../../src/machine/agent-protocol.ts";

const FIRST = Object.fromEntries(namespaceTypes.map((type, index) => [type, index + 1])) as Record<
  (typeof namespaceTypes)[number],
  number
>;

function process(
  pid: number,
  ppid: number,
  namespaces: Partial<AgentProcess["namespaces"]> = {},
  more: Partial<AgentProcess> = {},
): AgentProcess {
  return {
    pid,
    ppid,
    comm: `p${pid}`,
    state: "S",
    nspid: [pid],
    cgroup: "/",
    namespaces: { ...FIRST, ...namespaces },
    ...more,
  };
}

const init = process(1, 0);
const kthreadd = process(2, 0, {}, { comm: "kthreadd" });
const kworker = process(7, 2, {}, { comm: "kworker/0:1" });
const kdevtmpfs = process(9, 2, { mnt: 90 }, { comm: "kdevtmpfs" });

/** Boxes as `key(pids; inner boxes)`. */
function drawn(boxes: readonly NamespaceBox[]): unknown[] {
  return boxes.map(({ processes, boxes: inner }) => [
    processes.map(({ pid }) => pid).join(" "),
    ...drawn(inner),
  ]);
}

const tree = (processes: AgentProcess[], by: Parameters<typeof namespaceTree>[1]) =>
  namespaceTree(namespaceData(processes), by);

describe("the map of namespaces", () => {
  it("counts kernel threads by their namespaces, rather than drawing them", () => {
    const data = namespaceData([kworker, init, kdevtmpfs, kthreadd]);
    expect(data.processes.map(({ pid }) => pid)).toEqual([1]);
    expect(data.threads.map(({ names }) => names)).toEqual([
      ["kthreadd", "kworker/0:1"],
      ["kdevtmpfs"],
    ]);
    const { boxes } = namespaceTree(data, "mnt");
    expect(boxes.map(({ processes, threads }) => [processes.length, threads.length])).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(boxes.map(({ others }) => others)).toEqual([[], ["mnt"]]);
    expect(namespaceTree(data, "uts").boxes).toHaveLength(1);
  });

  it("puts a PID namespace into the one it was made in, whatever the order of the list", () => {
    const outer = process(20, 1, { pid: 50 }, { nspid: [20, 1] });
    // Its number is lower than its parent's: process ids start again at the limit.
    const inner = process(12, 20, { pid: 60 }, { nspid: [12, 2, 1] });
    const beside = process(30, 1, { pid: 70 }, { nspid: [30, 1] });
    const entered = process(40, 1, { pid: 60 }, { nspid: [40, 3, 2] });
    const { boxes } = tree([beside, entered, inner, outer, init], "pid");
    expect(drawn(boxes)).toEqual([["1", ["20", ["12 40"]], ["30"]]]);
    expect(allBoxes(boxes).map(({ others }) => others)).toEqual([[], ["pid"], ["pid"], ["pid"]]);
  });

  it("puts a PID namespace into the machine's first when its first process is not seen", () => {
    const orphan = process(40, 33, { pid: 60 }, { nspid: [40, 3] });
    expect(drawn(tree([init, orphan], "pid").boxes)).toEqual([["1", ["40"]]]);
  });

  it("has other types side by side, and none of those that share", () => {
    const one = process(20, 1, { uts: 50, pid: 51 }, { nspid: [20, 1] });
    const two = process(21, 20, { uts: 60, pid: 51 }, { nspid: [21, 2] });
    const three = process(22, 1, { uts: 60 });
    const processes = [init, one, two, three];
    expect(drawn(tree(processes, "uts").boxes)).toEqual([["1"], ["20"], ["21 22"]]);
    expect(drawn(tree(processes, "net").boxes)).toEqual([["1 20 21 22"]]);
  });

  it("groups by all eight at once, inside what started them, and names what differs", () => {
    const unshare = process(20, 1, { mnt: 50, uts: 51 });
    const inside = process(21, 20, { mnt: 50, uts: 51, pid: 52 }, { nspid: [21, 1] });
    const joined = process(25, 1, { mnt: 50, uts: 51, pid: 52 }, { nspid: [25, 2] });
    const { boxes } = tree([init, unshare, inside, joined], "all");
    expect(drawn(boxes)).toEqual([["1", ["20", ["21 25"]]]]);
    expect(allBoxes(boxes).map(({ others }) => others)).toEqual([[], ["mnt", "uts"], ["pid"]]);
  });

  it("keeps zombies apart from the namespaces they have left", () => {
    const zombie = process(20, 1, { mnt: null, uts: null }, { state: "Z" });
    for (const by of ["all", "mnt"] as const) {
      const { boxes, left } = tree([init, zombie], by);
      expect(drawn(boxes)).toEqual([["1"]]);
      expect(left.map(({ pid }) => pid)).toEqual([20]);
    }
    // It is still in those it has not left.
    expect(drawn(tree([init, zombie], "user").boxes)).toEqual([["1 20"]]);
  });

  it("draws every process once, even of a list that makes no sense", () => {
    const circle = [
      process(10, 11, { mnt: 50 }),
      process(11, 10, { mnt: 60 }),
      process(12, 12, { mnt: 70 }),
    ];
    for (const by of groupings)
      for (const processes of [[], circle, [init, ...circle], [kworker]]) {
        const { boxes, left } = tree(processes, by);
        const pids = [...allBoxes(boxes).flatMap((box) => box.processes), ...left];
        expect(pids.map(({ pid }) => pid).sort()).toEqual(
          processes.flatMap(({ pid }) => (pid === kworker.pid ? [] : [pid])).sort(),
        );
      }
  });

  it("shows the process that is deepest inside, with what is not PID 1's", () => {
    const deep = process(21, 20, { pid: 52 }, { nspid: [21, 2, 1] });
    const wide = process(22, 1, { pid: 60, mnt: 61, uts: 62, net: null }, { nspid: [22, 1] });
    const data = namespaceData([init, wide, deep]);
    expect(mostIsolated(data)?.pid).toBe(21);
    expect(ownNamespaces(wide, data)).toEqual(["mnt", "pid", "uts"]);
    expect(ownNamespaces(init, data)).toEqual([]);
    expect(mostIsolated(namespaceData([]))).toBeUndefined();
  });
});
