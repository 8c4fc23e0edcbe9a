import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { CONTAINER } from "../../../src/lab/instruments/instrument.ts";
import {
  allBoxes,
  type NamespaceBox,
  namespaceData,
  namespaceMap,
  namespaceTree,
} from "../../../src/lab/instruments/namespace-map.ts";
import { Shell } from "../../../src/lab/shell.ts";
import { AgentChannel } from "../../../src/machine/agent.ts";
import { namespaceTypes } from "../../../src/machine/agent-protocol.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachinePort } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** Processes by hand: namespaces of two types, a PID namespace in another, and one that joins it. */
const BY_HAND = [
  "unshare --uts --net sleep 1001 &",
  "unshare --fork --pid --mount-proc --ipc sh -c 'unshare --fork --pid sleep 1002 & sleep 1003' &",
  "until [ $(pgrep -c -x sleep) = 3 ]; do :; done",
  "nsenter --target $(pgrep -f '^sleep 1002') --pid --ipc sleep 1004 &",
  "until pgrep -f '^sleep 1004'; do :; done",
];
/** `212 4026531840` for every process of a type; what ends meanwhile is left out. */
const LINKS = (type: string) =>
  `for p in /proc/[0-9]*; do l=$(readlink $p/ns/${type}) && echo "\${p#/proc/} $l"; done | tr -d '[]a-z:'`;

interface Listed {
  ns: number;
  type: string;
  nprocs: number;
  pid: number;
  pns: number | null;
}

let machine: MachinePort;
let shell: Shell;
let agent: AgentChannel;

beforeAll(async () => {
  machine = nodeMachine(rolesOf(namespaceMap).machine, GUEST);
  shell = new Shell(machine, 0);
  agent = new AgentChannel(machine);
  await bringUp(machine);
  for (const command of BY_HAND) await run(command);
  await agent.spawn(2, CONTAINER);
  await agent.spawn(1, namespaceTypes);
});
afterAll(() => machine.destroy());

const run = async (command: string) => (await shell.run(command, OPTIONS)).output;
const data = async () => namespaceData((await agent.ask("processes")).value);
const members = ({ processes, threads }: NamespaceBox) => processes.length + threads.length;

describe("the boxes of the running machine", () => {
  it.each(namespaceTypes)("are what /proc/PID/ns says: %s", async (type) => {
    const lines = (await run(LINKS(type))).split("\n").map((line) => line.trim().split(" "));
    const shown = await data();
    const pids = new Set(shown.processes.map(({ pid }) => String(pid)));
    const links = new Map(lines.map(([pid, inode]) => [String(pid), Number(inode)]));
    const boxes = allBoxes(namespaceTree(shown, type).boxes);
    expect(boxes.map(({ namespaces }) => namespaces[type]).sort()).toEqual(
      [...new Set(links.values())].sort(),
    );
    // Kernel threads are counted by name, and the command that looked has ended.
    for (const { namespaces, processes } of boxes)
      expect(processes.map(({ pid }) => String(pid))).toEqual(
        [...links.keys()].filter((pid) => pids.has(pid) && links.get(pid) === namespaces[type]),
      );
  });

  it("are what lsns lists: numbers, members, and which PID namespace is in which", async () => {
    const { namespaces } = JSON.parse(await run("lsns --json --output NS,TYPE,NPROCS,PID,PNS")) as {
      namespaces: Listed[];
    };
    const shown = await data();
    for (const type of namespaceTypes) {
      const listed = namespaces.filter((one) => one.type === type);
      const boxes = allBoxes(namespaceTree(shown, type).boxes);
      expect(boxes.map((box) => box.namespaces[type]).sort(), type).toEqual(
        listed.map(({ ns }) => ns).sort(),
      );
      for (const box of boxes) {
        const one = listed.find(({ ns }) => ns === box.namespaces[type]);
        const first = box.processes[0]?.pid;
        if (first !== undefined) expect(one?.pid, type).toBe(first);
        // In the first ones kernel workers come and go, and lsns itself is no longer there.
        if (first !== 1) expect(one?.nprocs, type).toBe(members(box));
      }
    }
    const nested = allBoxes(namespaceTree(shown, "pid").boxes).flatMap((box) =>
      box.boxes.map((inner) => [inner.namespaces.pid, box.namespaces.pid]),
    );
    const parents = namespaces.flatMap(({ ns, type, pns }) =>
      type === "pid" && pns ? [[ns, pns]] : [],
    );
    expect(nested.sort()).toEqual(parents.sort());
    expect(nested).toHaveLength(5);
  });

  it("show a process under both its numbers", async () => {
    const { processes } = await data();
    const pid = Number(await run("pgrep -f '^sleep 1002'"));
    const told = processes.find((process) => process.pid === pid);
    const status = await run(`grep NSpid /proc/${pid}/status`);
    expect(told?.nspid).toEqual(status.split("\t").slice(1).map(Number));
    expect(told?.nspid).toHaveLength(3);
    expect(told?.nspid.at(-1)).toBe(1);
  });

  it("are gone when the containers are", async () => {
    await agent.killAll();
    const left = allBoxes(namespaceTree(await data(), "pid").boxes);
    expect(left).toHaveLength(3);
  });
});
