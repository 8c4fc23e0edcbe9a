import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MachineClient } from "../../src/machine/client.ts";
import type { MachineErrorData } from "../../src/machine/errors.ts";
import type { FromWorker, MachineEvent, ToWorker } from "../../src/machine/protocol.ts";
import { bringUp, reach } from "../../src/machine/reach.ts";

/** A worker that a test plays. */
class FakeWorker extends EventTarget {
  static last: FakeWorker;
  readonly got: ToWorker[] = [];
  ended = false;

  constructor() {
    super();
    FakeWorker.last = this;
  }

  postMessage(message: ToWorker) {
    this.got.push(message);
  }

  terminate() {
    this.ended = true;
  }

  say(data: FromWorker) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  break(message: string) {
    this.dispatchEvent(Object.assign(new Event("error"), { message }));
  }
}

const BOOT = { from: "power-on", instructions: 1, seconds: 1, milestones: [] } as const;
const ready: MachineEvent = {
  type: "status",
  status: { state: "ready", boot: { ...BOOT, milestones: [] } },
};

beforeEach(() => {
  vi.stubGlobal("Worker", FakeWorker);
  // What a page has and Node has not; policies have tests of their own.
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("location", { href: "http://site.test/en/" });
});
const clients: MachineClient[] = [];
afterEach(() => {
  // Each listens for its worker as long as it lives.
  for (const client of clients.splice(0)) client.destroy();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function started() {
  const client = new MachineClient("linux", "/images/guest/");
  clients.push(client);
  client.start();
  return { client, worker: FakeWorker.last };
}

describe("MachineClient", () => {
  it("has no worker before it is started, and answers for a machine that is off", async () => {
    const client = new MachineClient("linux", "/images/guest/");
    expect(await client.measure()).toEqual({ instructions: 0, seconds: 0 });
    expect(await client.query({ of: "translations" })).toEqual([]);
    expect(client.status.state).toBe("idle");
  });

  it("tells a new worker which machine it is, and what was asked for before", () => {
    const client = new MachineClient("linux", "/images/guest/", { cold: true });
    client.resize(0, 100, 30);
    client.watch(200);
    client.wire(true);
    client.start();
    expect(FakeWorker.last.got).toEqual([
      {
        type: "init",
        machine: "linux",
        options: { cold: true },
        guestUrl: "http://site.test/images/guest/",
      },
      { type: "watch", everyMs: 200 },
      { type: "wire", attached: true },
      { type: "resize", terminal: 0, columns: 100, rows: 30 },
      { type: "start" },
    ]);
  });

  it("is seen to be on its way, and told when its worker's script does not come", () => {
    vi.useFakeTimers();
    const { client, worker } = started();
    expect(client.status).toEqual({ state: "downloading", received: 0, total: 0 });
    vi.advanceTimersByTime(179_000);
    expect(client.status.state).toBe("downloading");
    vi.advanceTimersByTime(1_000);
    expect(client.status).toMatchObject({
      state: "failed",
      error: { code: "script", params: { reason: "no answer in 180 s" } },
    });
    expect(worker.ended).toBe(true);
  });

  it("is told when its worker hangs before the machine runs, and only then", () => {
    vi.useFakeTimers();
    const { client, worker } = started();
    worker.say({ type: "status", status: { state: "booting" } });
    vi.advanceTimersByTime(29_000);
    // It has been asked, and answers: a download or a boot may take as long as it takes.
    const asked = worker.got.filter(({ type }) => type === "query");
    expect(asked).toHaveLength(3);
    worker.say({ type: "answer", request: 1, value: { instructions: 0, seconds: 0 } });
    vi.advanceTimersByTime(29_000);
    expect(client.status.state).toBe("booting");
    worker.say(ready);
    vi.advanceTimersByTime(600_000);
    expect(client.status.state).toBe("ready");
    // It does not even say that it begins.
    client.reset();
    vi.advanceTimersByTime(30_000);
    expect(client.status).toEqual({
      state: "failed",
      error: { code: "engine", params: { reason: "no answer in 30 s" } },
    });
  });

  it.each([
    ["memory", true],
    ["engine", true],
    ["forbidden", true],
    ["integrity", false],
  ])("has another worker at the next try where the last one is spent: %s", (code, spent) => {
    const { client, worker } = started();
    const states: string[] = [];
    client.subscribe((event) => event.type === "status" && states.push(event.status.state));
    const error = { code, params: { reason: "could not allocate" } } as MachineErrorData;
    worker.say({ type: "status", status: { state: "failed", error } });
    expect(states).toEqual(["failed"]);
    expect(worker.ended).toBe(spent);
    client.start();
    expect(FakeWorker.last === worker).toBe(!spent);
  });

  it("can be switched off before its worker has said a word", () => {
    const { client, worker } = started();
    client.off();
    expect(client.status).toEqual({ state: "idle", poweredOff: false });
    expect(worker.ended).toBe(true);
  });

  it("gives each question its own answer, in whatever order they come", async () => {
    const { client, worker } = started();
    const first = client.measure();
    const second = client.query({ of: "memory" });
    worker.say({ type: "answer", request: 2, value: { size: 8, touched: 4 } });
    worker.say({ type: "answer", request: 1, value: { instructions: 5, seconds: 1 } });
    expect(await second).toEqual({ size: 8, touched: 4 });
    expect(await first).toEqual({ instructions: 5, seconds: 1 });
  });

  it.each([
    ["is destroyed", (client: MachineClient) => client.destroy(), "idle"],
    ["breaks", (_: MachineClient, worker: FakeWorker) => worker.break("boom"), "failed"],
  ] as const)("settles every question when its worker %s", async (_, act, state) => {
    const { client, worker } = started();
    const questions = [client.measure(), client.query({ of: "memory" })];
    act(client, worker);
    expect(await Promise.all(questions)).toEqual([
      { instructions: 0, seconds: 0 },
      { size: 0, touched: 0 },
    ]);
    expect(worker.ended).toBe(true);
    expect(client.status.state).toBe(state);
  });

  it("starts a new worker after one that broke, which hears nothing of the old one's questions", async () => {
    const { client, worker } = started();
    void client.measure();
    worker.break("boom");
    await vi.waitFor(() => expect(client.status.state).toBe("failed"));
    client.start();
    expect(FakeWorker.last).not.toBe(worker);
    const asked = client.measure();
    FakeWorker.last.say({ type: "answer", request: 2, value: { instructions: 7, seconds: 2 } });
    expect(await asked).toEqual({ instructions: 7, seconds: 2 });
  });

  it("follows its terminals from the first byte, and forgets them with the worker", () => {
    const { client, worker } = started();
    const data = new TextEncoder().encode("\u001b]133;A;aid=login-1;n=1\u0007# \u001b]133;B\u0007");
    worker.say({ type: "output", terminal: 0, data });
    expect(client.terminals.of(0)).toMatchObject({ atPrompt: true, shells: ["login-1"] });
    client.input(0, "x");
    expect(client.terminals.of(0).untouched).toBe(false);
    client.destroy();
    expect(client.terminals.of(0)).toMatchObject({ atPrompt: false, shells: [], recent: [] });
  });

  it("without a needed feature fails with its name", () => {
    vi.stubGlobal("Worker", undefined);
    const client = new MachineClient("linux", "/images/guest/");
    client.start();
    expect(client.status).toEqual({
      state: "failed",
      error: { code: "unsupported", params: { missing: "Web Workers" } },
    });
  });
});

describe("reaching a state", () => {
  it("is not had by a prompt of the system before, told late", async () => {
    const { client, worker } = started();
    worker.say(ready);
    let reached = false;
    const coming = reach(client, "ready", { act: () => client.restore(), afresh: true });
    void coming.then(() => {
      reached = true;
    });
    worker.say(ready);
    await Promise.resolve();
    expect(reached).toBe(false);
    worker.say({ type: "power-on" });
    worker.say({ type: "status", status: { state: "booting" } });
    worker.say(ready);
    await coming;
  });

  it.each([
    ["is destroyed", (client: MachineClient) => client.destroy(), { code: "off" }],
    [
      "breaks",
      (_: MachineClient, worker: FakeWorker) => worker.break("boom"),
      { code: "failed", error: { code: "engine", params: { reason: "boom" } } },
    ],
    [
      "panics",
      (_: MachineClient, worker: FakeWorker) =>
        worker.say({
          type: "status",
          status: { state: "crashed", cause: "panic", lastLines: ["not syncing"] },
        }),
      { code: "crashed", cause: "panic", lastLines: ["not syncing"] },
    ],
  ] as const)("ends with the machine's own cause when it %s", async (_, act, data) => {
    const client = new MachineClient("linux", "/images/guest/");
    const coming = bringUp(client);
    act(client, FakeWorker.last);
    await expect(coming).rejects.toMatchObject({ data: { ...data, machine: "linux" } });
  });

  it("is given up at once by whoever waited, and by a signal from before", async () => {
    const { client } = started();
    const stop = new AbortController();
    const coming = bringUp(client, { signal: stop.signal });
    stop.abort();
    await expect(coming).rejects.toMatchObject({ data: { code: "stopped" } });
    await expect(bringUp(client, { signal: stop.signal })).rejects.toMatchObject({
      data: { code: "stopped" },
    });
  });
});
