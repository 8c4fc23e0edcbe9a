import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { AgentChannel } from "../../src/machine/agent.ts";
import {
  AGENT_PORT,
  type AgentProcess,
  type NamespaceType,
  namespaceTypes,
} from "../../src/machine/agent-protocol.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { PATIENCE } from "./waits.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** The namespaces that the budgets are for. */
const CONTAINER: NamespaceType[] = ["pid", "uts", "ipc", "mnt"];
const ONE_CONTAINER_INSTRUCTIONS = 0.8e6;
const THOUSAND_INSTRUCTIONS = 700e6;
const BYTES_PER_CONTAINER = 54_000;
/** Counts the PID namespaces of all processes. */
const PID_NAMESPACES = "ls -l /proc/[0-9]*/ns/pid | grep -o 'pid:.*' | sort -u | wc -l";

let machine: MachinePort;
let shell: Shell;
let agent: AgentChannel;

beforeAll(async () => {
  machine = nodeMachine("linux", GUEST, { cold: true });
  shell = new Shell(machine, 0);
  agent = new AgentChannel(machine);
  await bringUp(machine);
});

afterAll(() => {
  expect(agent.garbage).toBe(0);
  machine.destroy();
});

const run = async (command: string) => (await shell.run(command, OPTIONS)).output;
const processes = async () => (await agent.ask("processes")).value;

/** The process of that name, as soon as the agent sees it. */
const find = (comm: string) => first((process) => process.comm === comm, comm);

/** A command put into the background takes its time to start its program. */
async function first(wanted: (one: AgentProcess) => boolean, what: string): Promise<AgentProcess> {
  let found: AgentProcess | undefined;
  const seen = async () => {
    found = (await processes()).find(wanted);
    return found !== undefined;
  };
  await expect.poll(seen, { ...PATIENCE, message: `the agent sees no ${what}` }).toBe(true);
  return found as AgentProcess;
}

/** Instructions that something takes, from outside the guest. */
async function instructionsOf(work: () => Promise<unknown>): Promise<number> {
  const before = (await machine.measure()).instructions;
  await work();
  return (await machine.measure()).instructions - before;
}

describe("what the agent says of processes", () => {
  it("agrees with /proc/PID/ns, ps and lsns", async () => {
    await run("unshare --fork --pid --mount-proc --uts --ipc --net sleep 1000 &");
    const sleeper = await find("sleep");
    expect(sleeper.nspid).toEqual([sleeper.pid, 1]);

    for (const process of [sleeper, await find("init"), await find("kthreadd")]) {
      const links = await run(
        `for n in ${namespaceTypes.join(" ")}; do readlink /proc/${process.pid}/ns/$n; done`,
      );
      const expected = namespaceTypes.map((type) => `${type}:[${process.namespaces[type]}]`);
      expect(links.split("\n")).toEqual(expected);
      expect(await run(`ps -o ppid=,state=,comm= -p ${process.pid}`)).toMatch(
        new RegExp(`^ *${process.ppid} ${process.state} ${process.comm}$`),
      );
    }

    const listed = await run("lsns --noheadings --output NS,TYPE");
    const rows = listed.split("\n").map((row) => row.trim().replace(/ +/, " "));
    const seen = (await processes()).flatMap(({ namespaces }) =>
      namespaceTypes.map((type) => `${namespaces[type]} ${type}`),
    );
    // A namespace may be kept by a mount alone, but not be seen by the agent alone.
    expect([...new Set(seen)].sort()).toEqual([...new Set(rows)].sort());
    await run("kill -9 $(pgrep -x sleep); wait");
  });

  it("lists every process, and a name that needs quoting as it is", async () => {
    const name = 'a"\\n\\ 内';
    await run(`(echo -n '${name}' > /proc/self/comm; sleep 1000; true) &`);
    await first(
      ({ comm, state }) => comm === name && state === "S",
      "sleeping process of the name",
    );
    const pids = (await run("ls /proc | grep -E '^[0-9]+$'")).split("\n").map(Number);
    const told = (await processes()).map(({ pid }) => pid);
    // `ls` and `grep` are gone, kernel workers may come and go.
    expect(told.filter((pid) => !pids.includes(pid)).length).toBeLessThanOrEqual(2);
    expect(pids.filter((pid) => !told.includes(pid)).length).toBeLessThanOrEqual(4);
    await run("kill %%; wait");
  });

  it("has no namespaces for a zombie but its user's", async () => {
    await run("sh -c 'sleep 0 & exec sleep 1000' &");
    const zombie = await first(({ state }) => state === "Z", "zombie");
    expect(zombie).toMatchObject({ comm: "sleep", namespaces: { mnt: null, net: null } });
    await run("kill %%; wait");
  });
});

describe("what the agent says of control groups", () => {
  it("agrees with the files", async () => {
    await run("mkdir -p /sys/fs/cgroup/lab/app && cd /sys/fs/cgroup/lab");
    await run("echo +memory +pids > cgroup.subtree_control; echo 8M > app/memory.max");
    await run("(echo 0 > app/cgroup.procs; exec sleep 1000) &");
    await first(({ comm, state }) => comm === "sleep" && state === "S", "sleep");
    const { value } = await agent.ask("cgroups");
    expect(value.map(({ path }) => path)).toEqual(["/", "/lab", "/lab/app"]);
    const app = value.find(({ path }) => path === "/lab/app");
    const files = "memory.current memory.peak memory.max pids.current pids.max";
    const cat = (await run(`cd app; cat ${files}; grep usage cpu.stat; cd ..`)).split("\n");
    const limit = (number: number | null | undefined) => String(number ?? "max");
    expect([
      limit(app?.memoryBytes),
      limit(app?.memoryPeakBytes),
      limit(app?.memoryMaxBytes),
      limit(app?.pids),
      limit(app?.pidsMax),
      `usage_usec ${app?.cpuUsec}`,
    ]).toEqual(cat);
    expect(value[0]).toMatchObject({ memoryBytes: null, pids: null });
    expect(await find("sleep")).toMatchObject({ cgroup: "/lab/app" });
    await run("kill %%; wait; cd; rmdir /sys/fs/cgroup/lab/app /sys/fs/cgroup/lab");
  });
});

describe("what else the agent says", () => {
  it("gives a process's mounts as mountinfo has them, without its escapes", async () => {
    await run("mkdir -p '/tmp/a b'; unshare --mount sleep 1000 &");
    const { pid } = await find("sleep");
    await run(`nsenter --target ${pid} --mount mount -t tmpfs -o size=1M none '/tmp/a b'`);
    const { value } = await agent.ask("mounts", { pid });
    const lines = (await run(`cut -d' ' -f1-6 /proc/${pid}/mountinfo`)).split("\n");
    const told = value.map(({ id, parent, device, root, target, options }) =>
      [id, parent, device, root, target.replaceAll(" ", "\\040"), options].join(" "),
    );
    expect(told).toEqual(lines);
    expect(value.at(-1)).toMatchObject({ target: "/tmp/a b", type: "tmpfs", source: "none" });
    const own = (await agent.ask("mounts")).value;
    expect(own.some(({ target }) => target === "/tmp/a b")).toBe(false);
    await run("kill %%; wait");
  });

  it("gives a process's network interfaces with their addresses", async () => {
    await run("unshare --net sleep 1000 &");
    const { pid } = await find("sleep");
    await run(`ip link add out type veth peer name in netns ${pid}`);
    await run(`nsenter -t ${pid} -n sh -c 'ip addr add 10.0.0.2/24 dev in; ip link set in up'`);
    const inside = (await agent.ask("interfaces", { pid })).value;
    const outside = (await agent.ask("interfaces")).value;
    expect(inside.map(({ name }) => name)).toEqual(["lo", "in"]);
    const [, end] = inside;
    const other = outside.find(({ name }) => name === "out");
    expect(end).toMatchObject({
      kind: "veth",
      up: true,
      addresses: [{ address: "10.0.0.2", prefix: 24 }],
    });
    expect(end?.peer).toBe(other?.index);
    expect(other?.mac).toBe(await run("cat /sys/class/net/out/address"));
    expect(outside.find(({ name }) => name === "lo")).toMatchObject({
      kind: null,
      addresses: [{ address: "127.0.0.1", prefix: 8 }],
    });
    await run("ip link del out; kill %%; wait");
  });

  it("gives the machine's memory in bytes, and the time since its boot", async () => {
    const { value } = await agent.ask("memory");
    expect(await run("grep MemTotal /proc/meminfo | tr -dc 0-9")).toBe(
      String((value.MemTotal ?? 0) / 1024),
    );
    const { beganNs, endedNs } = await agent.ask("clock");
    const uptime = Number(await run("cut -d' ' -f1 /proc/uptime"));
    expect(endedNs).toBeGreaterThanOrEqual(beganNs);
    expect(uptime - beganNs / 1e9).toBeGreaterThanOrEqual(-0.02);
    expect(uptime - beganNs / 1e9).toBeLessThan(30);
  });

  it("says which process is gone", async () => {
    const gone = { data: { code: "refused", params: { reason: "no-process" } } };
    await expect(agent.ask("mounts", { pid: 32_000 })).rejects.toMatchObject(gone);
    await expect(agent.ask("interfaces", { pid: 32_000 })).rejects.toMatchObject(gone);
  });
});

describe("subscriptions", () => {
  const EVERY_MS = 100;
  const ANSWERS = 5;

  /** When the guest gave the first answers to a subscription, which is ended then. */
  function answers(topic: "memory" | "clock"): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const times: number[] = [];
      const heard = ({ beganNs }: { beganNs: number }) => {
        times.push(beganNs);
        if (times.length < ANSWERS) return;
        end();
        resolve(times);
      };
      const end = agent.subscribe(topic, { everyMs: EVERY_MS }, heard, reject);
    });
  }

  it("come at their interval until they are ended, then nothing more comes", async () => {
    const times = await answers("memory");
    const gaps = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1e6);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EVERY_MS);
    // The agent has heard of the end when it answers what was asked after it.
    await agent.ask("clock");
    let said = "";
    const decoder = new TextDecoder();
    const stop = machine.subscribe((event) => {
      if (event.type === "output" && event.terminal === AGENT_PORT)
        said += decoder.decode(event.data, { stream: true });
    });
    // While another subscription has as many answers at the same interval.
    await answers("clock");
    stop();
    expect(said).toContain('"done"');
    expect(said).not.toContain("MemTotal");
  });

  it("end when their process does", async () => {
    await run("sleep 1000 &");
    const { pid } = await find("sleep");
    const ended = new Promise((resolve) => {
      agent.subscribe("mounts", { pid, everyMs: 50 }, () => {}, resolve);
    });
    await run("kill -9 %%; wait");
    expect(await ended).toMatchObject({ data: { code: "refused" } });
  });
});

describe("garbage sent to the agent", () => {
  it("does no harm", async () => {
    const random = Uint8Array.from({ length: 5000 }, (_, i) => (i * 167 + (i >> 3) * 31) & 255);
    machine.input(AGENT_PORT, random);
    machine.input(AGENT_PORT, `\n${"x".repeat(3000)}\n{"id":1,"op":"ask","topic":"clo`);
    machine.input(AGENT_PORT, '\n{"id":0}\n[]\n{"id":3,"op":"spawn","namespaces":["moon"]}\n{}}\n');
    expect((await agent.ask("clock")).endedNs).toBeGreaterThan(0);
    expect(await run("pgrep -x agent | wc -w")).toBe("1");
  });

  it("and an agent that is killed is started again by the next request", async () => {
    await run("kill -9 $(pgrep -x agent)");
    await expect.poll(() => run("pgrep -x agent | wc -w"), PATIENCE).toBe("0");
    expect((await agent.ask("clock")).endedNs).toBeGreaterThan(0);
  });
});

describe("containers", () => {
  it("a hundred run in namespaces of their own until they are killed", async () => {
    const { value, beganNs, endedNs } = await agent.spawn(100, CONTAINER);
    expect(value.failure).toBeUndefined();
    expect(value.containers).toHaveLength(100);
    for (const container of value.containers) {
      expect(container.beganNs).toBeGreaterThanOrEqual(beganNs);
      expect(container.beganNs).toBeLessThan(endedNs);
    }
    const all = await processes();
    const init = all.find(({ pid }) => pid === 1);
    const pids = value.containers.map(({ pid }) => pid);
    const mine = all.filter(({ pid }) => pids.includes(pid));
    expect(mine).toHaveLength(100);
    for (const type of CONTAINER)
      expect(new Set(mine.map(({ namespaces }) => namespaces[type])).size).toBe(100);
    expect(new Set(mine.map(({ namespaces }) => namespaces.net))).toEqual(
      new Set([init?.namespaces.net]),
    );
    expect(mine.every(({ comm, nspid }) => comm === "container" && nspid[1] === 1)).toBe(true);
    expect(await run(PID_NAMESPACES)).toBe("101");

    expect((await agent.killAll()).value).toBe(100);
    expect(await run(PID_NAMESPACES)).toBe("1");
    expect(await run("pgrep -x container | wc -l")).toBe("0");
  });

  it("can have each type of namespace", async () => {
    const { value } = await agent.spawn(1, namespaceTypes);
    const own = (await processes()).find(({ pid }) => pid === value.containers[0]?.pid);
    const init = await find("init");
    for (const type of namespaceTypes)
      expect(own?.namespaces[type], type).not.toBe(init.namespaces[type]);
    expect((await agent.killAll()).value).toBe(1);
  });

  it("that somebody else ended leave no zombie and are not counted", async () => {
    const { value } = await agent.spawn(3, CONTAINER);
    await run(`kill -9 ${value.containers[1]?.pid}`);
    const left = async () => (await processes()).filter(({ comm }) => comm === "container");
    await expect.poll(left, PATIENCE).toHaveLength(2);
    expect((await agent.killAll()).value).toBe(2);
  });

  it("keep to their budgets: one, and a thousand", async () => {
    const one = await instructionsOf(() => agent.spawn(1, CONTAINER));
    await agent.killAll();
    const memory = async () => (await agent.ask("memory")).value.MemAvailable ?? 0;
    const before = await memory();
    const thousand = await instructionsOf(async () => {
      expect((await agent.spawn(1000, CONTAINER)).value.containers).toHaveLength(1000);
    });
    const each = (before - (await memory())) / 1000;
    expect(one).toBeLessThanOrEqual(ONE_CONTAINER_INSTRUCTIONS);
    expect(thousand).toBeLessThanOrEqual(THOUSAND_INSTRUCTIONS);
    expect(each).toBeLessThanOrEqual(BYTES_PER_CONTAINER);
    expect((await processes()).filter(({ comm }) => comm === "container")).toHaveLength(1000);
    expect((await agent.killAll()).value).toBe(1000);
    const kept = async () => (before - (await memory())) / 1000;
    await expect.poll(kept, PATIENCE).toBeLessThan(1000);
  });

  it("stop before they take the machine's last memory", async () => {
    const { value } = await agent.spawn(4000, CONTAINER);
    expect(value.failure).toBeDefined();
    expect(value.containers.length).toBeGreaterThan(1000);
    expect(await run("echo alive")).toBe("alive");
    expect((await agent.killAll()).value).toBe(value.containers.length);
  });
});
