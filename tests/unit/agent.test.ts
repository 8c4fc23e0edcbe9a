import { afterEach, describe, expect, it, vi } from "vitest";
import { AgentChannel } from "../../src/machine/agent.ts";
import { AGENT_PORT, type AgentRequest, LONGEST_LINE } from "../../src/machine/agent-protocol.ts";
import type { MachineStatus } from "../../src/machine/protocol.ts";
import { IdlePort } from "./fixtures/idle-port.ts";

const READY: MachineStatus = {
  state: "ready",
  boot: { from: "power-on", instructions: 0, seconds: 0, milestones: [] },
};
const inodes = { cgroup: 1, ipc: 2, mnt: 3, net: 4, pid: 5, time: 6, user: 7, uts: null };
const process = {
  pid: 12,
  ppid: 1,
  comm: "bash",
  state: "S",
  nspid: [12, 1],
  cgroup: "/",
  namespaces: inodes,
};

/** A machine whose agent is the test. */
class FakePort extends IdlePort {
  readonly id = "fake";
  status: MachineStatus = READY;
  readonly requests: AgentRequest[] = [];

  input(terminal: number, data: string | Uint8Array) {
    expect(terminal).toBe(AGENT_PORT);
    this.requests.push(JSON.parse(String(data)));
  }

  become(status: MachineStatus) {
    this.status = status;
    this.tell({ type: "status", status });
  }

  bytes(data: Uint8Array, terminal = AGENT_PORT) {
    this.tell({ type: "output", terminal, data });
  }

  say(...lines: object[]) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    this.bytes(new TextEncoder().encode(text));
  }

  done(records: number, id = this.lastId) {
    this.say({ id, done: { records, beganNs: 10, endedNs: 20 } });
  }

  get lastId(): number {
    return this.requests.at(-1)?.id ?? 0;
  }
}

function connect() {
  const port = new FakePort();
  return { port, agent: new AgentChannel(port) };
}

/** Bytes that are the same in every run. */
function* noise(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 24;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe("AgentChannel", () => {
  it("gathers an answer's records, whoever else is answered in between", async () => {
    const { port, agent } = connect();
    const processes = agent.ask("processes");
    const first = port.lastId;
    const memory = agent.ask("memory");
    port.say({ id: first, process }, { id: port.lastId, memory: { MemTotal: 1024 } });
    port.say({ id: first, process: { ...process, pid: 13 } });
    port.done(1);
    port.done(2, first);
    expect(await memory).toEqual({ value: { MemTotal: 1024 }, beganNs: 10, endedNs: 20 });
    expect((await processes).value.map(({ pid }) => pid)).toEqual([12, 13]);
    expect(agent.garbage).toBe(0);
  });

  it("puts addresses to their interfaces", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("interfaces", { pid: 12 });
    expect(port.requests[0]).toMatchObject({ op: "ask", topic: "interfaces", pid: 12 });
    const counts = { rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0 };
    const links = { kind: null, mac: null, mtu: 1500, master: null, peer: null };
    const eth0 = { index: 2, name: "eth0", up: true, running: true, ...links, ...counts };
    const id = port.lastId;
    port.say(
      { id, interface: eth0 },
      { id, address: { index: 2, address: "10.0.0.2", prefix: 24 } },
    );
    port.done(2);
    expect((await asked).value).toEqual([
      { ...eth0, addresses: [{ address: "10.0.0.2", prefix: 24 }] },
    ]);
  });

  it("understands a stream cut anywhere, also within a character", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("processes");
    const id = port.lastId;
    const text = [
      { id, process: { ...process, comm: "内核" } },
      { id, done: { records: 1, beganNs: 1, endedNs: 2 } },
    ].map((line) => `${JSON.stringify(line)}\n`);
    for (const byte of new TextEncoder().encode(text.join(""))) port.bytes(Uint8Array.of(byte));
    expect((await asked).value[0]?.comm).toBe("内核");
  });

  it("lives through random bytes and goes on at the next line", async () => {
    const { port, agent } = connect();
    const random = noise(1);
    for (let chunk = 0; chunk < 300; chunk++)
      port.bytes(Uint8Array.from({ length: chunk }, () => random.next().value));
    port.bytes(Uint8Array.of(10));
    expect(agent.garbage).toBeGreaterThan(10);
    const asked = agent.ask("clock");
    port.done(0);
    expect(await asked).toEqual({ value: undefined, beganNs: 10, endedNs: 20 });
  });

  it("drops lines that are too long without keeping them", async () => {
    const { port, agent } = connect();
    for (let sent = 0; sent < 4 * LONGEST_LINE; sent += 1000)
      port.bytes(new Uint8Array(1000).fill(65));
    port.bytes(Uint8Array.of(10));
    expect(agent.garbage).toBe(1);
    const asked = agent.ask("clock");
    port.done(0);
    await asked;
  });

  it.each([
    ["no object", 7],
    ["no id", { done: { records: 0, beganNs: 1, endedNs: 2 } }],
    ["two bodies", { id: 1, process, memory: {} }],
    ["an unknown body", { id: 1, toString: {} }],
    ["a field of the wrong type", { id: 1, process: { ...process, pid: "12" } }],
    ["a field too many", { id: 1, process: { ...process, shell: true } }],
    ["a missing namespace", { id: 1, process: { ...process, namespaces: { uts: 1 } } }],
    ["an impossible number", { id: 1, done: { records: -1, beganNs: 1, endedNs: 2 } }],
  ])("counts a line with %s as garbage", (_what, line) => {
    const { port, agent } = connect();
    port.say(line as object);
    expect(agent.garbage).toBe(1);
  });

  it("says that an answer came damaged instead of giving half of it", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("processes");
    port.say({ id: port.lastId, process }, { id: port.lastId, process: { pid: 0 } });
    port.done(2);
    await expect(asked).rejects.toMatchObject({
      data: { code: "garbled", params: { what: "processes", expected: 2, received: 1 } },
    });
  });

  it("tells a refusal to who asked", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("mounts", { pid: 99 });
    port.say({ id: port.lastId, error: { code: "no-process", detail: "No such file" } });
    await expect(asked).rejects.toMatchObject({
      data: { code: "refused", params: { what: "mounts", reason: "no-process" } },
    });
  });

  it("gives up on a silent agent, but not while the machine is paused", async () => {
    vi.useFakeTimers();
    const { port, agent } = connect();
    const failed = vi.fn();
    agent.ask("clock", { limitSeconds: 2 }).catch(({ data }) => failed(data));
    port.become({ state: "paused", boot: undefined });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(failed).not.toHaveBeenCalled();
    port.become(READY);
    await vi.advanceTimersByTimeAsync(2500);
    expect(failed).toHaveBeenCalledWith({
      code: "timeout",
      params: { what: "clock", seconds: 2 },
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails what is asked when the machine goes away, and what is asked of no machine", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("memory");
    const ended = vi.fn();
    agent.subscribe("cgroups", { everyMs: 100 }, () => {}, ended);
    port.become({ state: "booting" });
    const interrupted = { data: { code: "interrupted", params: { state: "booting" } } };
    await expect(asked).rejects.toMatchObject(interrupted);
    expect(ended.mock.calls).toMatchObject([[interrupted]]);
    await expect(agent.ask("memory")).rejects.toMatchObject(interrupted);
    expect(port.requests).toHaveLength(2);
  });

  it("gives a subscription's answers until it is ended, without the damaged ones", () => {
    const { port, agent } = connect();
    const heard: number[] = [];
    const end = agent.subscribe("processes", { everyMs: 50 }, ({ value }) => {
      heard.push(value.length);
    });
    const id = port.lastId;
    port.say({ id, process });
    port.done(1);
    port.say({ id, process });
    port.done(2);
    port.done(0);
    expect(heard).toEqual([1, 0]);
    end();
    expect(port.requests.at(-1)).toMatchObject({ op: "unsubscribe", subscription: id });
    port.done(0, id);
    expect(heard).toEqual([1, 0]);
    agent.dispose();
  });

  it("ends a subscription that somebody else left behind, once it repeats", () => {
    const { port, agent } = connect();
    port.done(0, 999_999_999);
    expect(port.requests).toEqual([]);
    port.done(0, 999_999_999);
    expect(port.requests).toMatchObject([{ op: "unsubscribe", subscription: 999_999_999 }]);
    agent.dispose();
  });

  it("ends its subscriptions when it is disposed of", async () => {
    const { port, agent } = connect();
    const ended = vi.fn();
    agent.subscribe("memory", { everyMs: 50 }, () => {}, ended);
    const subscription = port.lastId;
    agent.dispose();
    expect(port.requests.at(-1)).toMatchObject({ op: "unsubscribe", subscription });
    expect(ended).toHaveBeenCalledOnce();
  });

  it("fails what was asked of an agent that ended, and asks the next one as before", async () => {
    const { port, agent } = connect();
    const asked = agent.ask("memory");
    const ended = vi.fn();
    agent.subscribe("cgroups", { everyMs: 100 }, () => {}, ended);
    port.bytes(new TextEncoder().encode('{"id":7,"mem'));
    port.bytes(new TextEncoder().encode('\n{"id":0,"ended":{"signal":9}}\n'));
    const data = { code: "ended", params: { what: "memory", how: "signal 9" } };
    await expect(asked).rejects.toMatchObject({ data });
    expect(ended).toHaveBeenCalledOnce();
    const again = agent.ask("clock");
    port.done(0);
    await again;
  });

  it("takes a machine for prepared when the agent has answered and then ended well", async () => {
    const { port, agent } = connect();
    let prepared = false;
    const asked = agent.prepareSnapshot().then(() => {
      prepared = true;
    });
    port.done(0);
    await Promise.resolve();
    expect(prepared).toBe(false);
    port.say({ id: 0, ended: { exit: 0 } });
    await asked;
  });

  it.each([
    ["ended without an answer", { exit: 0 }, "exit 0", false],
    ["ended with an error after it", { exit: 1 }, "exit 1", true],
    ["was killed after it", { signal: 9 }, "signal 9", true],
  ])("does not when it %s", async (_what, end, how, answered) => {
    const { port, agent } = connect();
    const asked = agent.prepareSnapshot();
    if (answered) port.done(0);
    port.say({ id: 0, ended: end });
    const data = { code: "ended", params: { what: "prepare", how } };
    await expect(asked).rejects.toMatchObject({ data });
  });

  it("refuses requests that the agent could not understand", async () => {
    const { port, agent } = connect();
    await expect(agent.spawn(0, ["pid"])).rejects.toThrow();
    await expect(agent.spawn(100_000, ["pid"])).rejects.toThrow();
    expect(port.requests).toEqual([]);
  });
});
