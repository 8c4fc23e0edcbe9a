import { afterEach, describe, expect, it, vi } from "vitest";
import { deskOf } from "../../src/lab/lease.ts";
import { ExperimentRun } from "../../src/lab/run.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
import type { Step } from "../../src/lab/step.ts";
import { command, INTERRUPT, prompt, type Script, ScriptedPort } from "./fixtures/scripted-port.ts";

const said = { zh: "话", en: "words" };
const AID = "login-1";
const define = (steps: object[]) =>
  experimentSchema.parse({
    title: said,
    intent: said,
    claims: ["ns-hide"],
    checkpoint: [{ at: "here", run: "mkdir /x" }],
    terminals: { here: { machine: "scripted", port: 0, label: said } },
    steps,
    findings: [{ that: "a.one == 1", because: said }],
  });
const experiment = define([
  { id: "first", at: "here", run: "one", explain: said, capture: { "a.one": "(1)" } },
  { id: "second", at: "here", run: "two", explain: said },
]);

function scene(answer: Script = () => `${command(AID, "1\r\n")}${prompt(AID, 0)}`) {
  const port = new ScriptedPort(answer);
  const shell = new Shell(port, 0);
  port.print(prompt(AID, 0));
  const run = (id = "x", options = {}, definition = experiment) =>
    new ExperimentRun(id, definition, { here: shell }, { typingMs: 0, ...options });
  return { port, shell, run };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a run", () => {
  it("sets the scene, runs the steps in order, and judges", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    expect(await one.all()).toMatchObject({ ok: true });
    expect(port.entered).toEqual(["mkdir /x", "one", "two"]);
    expect(one.complete).toBe(true);
    expect(one.wiped).toBeUndefined();
  });

  it("is refused while another has the machine, and not once that has ended", async () => {
    const { run } = scene();
    const [one, other] = [run("x"), run("y")];
    const first = one.prepare();
    await expect(other.prepare()).rejects.toMatchObject({
      data: { code: "occupied", params: { machine: "scripted", by: "x", kind: "experiment" } },
    });
    await first;
    await other.prepare();
    expect(other.results).toEqual([]);
  });

  it("begins on a machine at its checkpoint: another's traces and the reader's are wiped, and said", async () => {
    const { port, run } = scene();
    const one = run("x");
    await one.prepare();
    await one.all();
    const other = run("y");
    await other.prepare();
    expect(port.orders).toEqual(["restore"]);
    expect(other.wiped).toEqual({ by: { kind: "experiment", id: "x" }, reader: false });
    deskOf(port).readerTyped();
    const again = run("y");
    await again.prepare();
    expect(port.orders).toEqual(["restore", "restore"]);
    expect(again.wiped).toEqual({ by: { kind: "experiment", id: "y" }, reader: true });
  });

  it("does not begin where the scene could not be set", async () => {
    const { run } = scene(() => `${command(AID, "exists\r\n")}${prompt(AID, 1)}`);
    await expect(run().prepare()).rejects.toMatchObject({
      data: { code: "checkpoint", params: { command: "mkdir /x", exit: "1", output: "exists" } },
    });
  });

  it("has crashed when the machine restarted between two steps", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    await one.next();
    port.become({ state: "booting" });
    await expect(one.next()).rejects.toMatchObject({
      data: { code: "crashed", params: { state: "booting", command: "two" } },
    });
    expect(one.verdict().ok).toBe(false);
  });

  it("does not go on after somebody else has used the machine between two steps", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    await one.next();
    const lease = await deskOf(port).borrow({ kind: "instrument", id: "map" });
    await expect(one.next()).rejects.toMatchObject({ data: { code: "disturbed" } });
    lease.release();
    await expect(one.next()).rejects.toMatchObject({
      data: { code: "disturbed", params: { by: "map", kind: "instrument" } },
    });
  });

  it("goes on after the reader has typed between two steps, and remembers it", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    await one.next();
    expect(one.readerTyped).toBe(false);
    deskOf(port).readerTyped();
    expect(await one.next()).toMatchObject({ id: "second" });
    expect(one.readerTyped).toBe(true);
  });

  it.each([
    {
      code: "download",
      params: { file: "share/ab/unshare.bin", reason: "HTTP 500", received: 0, total: 9 },
    },
    { code: "stale", params: { file: "share/ab/unshare.bin" } },
  ] as const)("is not judged when a program could not read its file: $code", async (trouble) => {
    const notice = { type: "notice", notice: trouble } as const;
    const { port, run } = scene((line) => {
      if (line === "two") port.tell(notice);
      return `${command(AID, "1\r\n")}${prompt(AID, 0)}`;
    });
    const one = run();
    await one.prepare();
    // Before a command: that has nothing to do with it.
    port.tell(notice);
    expect(await one.next()).toMatchObject({ id: "first", ok: true });
    await expect(one.next()).rejects.toMatchObject({
      data: {
        code: "file",
        params: { file: trouble.params.file, command: "two", cause: trouble.code },
      },
    });
    expect(one.complete).toBe(false);
  });

  it("expects success of a step of which nothing is said", async () => {
    const { run } = scene(
      (line) => `${command(AID, "1\r\n")}${prompt(AID, line === "two" ? 127 : 0)}`,
    );
    const one = run();
    await one.prepare();
    const verdict = await one.all();
    expect(verdict).toMatchObject({ ok: false, findings: [{ ok: true }] });
    expect(one.results[1]?.problems).toEqual([
      { code: "exit", params: { expected: 0, got: "127" } },
    ]);
  });
});

describe("a step that switches the machine off and on", () => {
  const power: Partial<Step> & object = { power: "cycle", limitSeconds: 10 };
  const cycled = define([
    { id: "off", at: "here", explain: said, ...power },
    { id: "first", at: "here", run: "one", explain: said, capture: { "a.one": "(1)" } },
  ]);

  it("does not count the time while the machine is paused, as in a hidden tab", async () => {
    vi.useFakeTimers();
    const { port, run } = scene();
    const one = run("x", {}, cycled);
    const prepared = one.prepare();
    await vi.advanceTimersByTimeAsync(1000);
    await prepared;
    port.boots = false;
    const step = one.next();
    await vi.advanceTimersByTimeAsync(5000);
    port.become({ state: "paused", boot: undefined });
    await vi.advanceTimersByTimeAsync(120_000);
    port.become({ state: "booting" });
    await vi.advanceTimersByTimeAsync(3000);
    port.arrive();
    expect(await step).toMatchObject({ id: "off", ok: true });
  });

  it("ends in time where the machine never comes", async () => {
    vi.useFakeTimers();
    const { port, run } = scene();
    const one = run("x", {}, cycled);
    const prepared = one.prepare();
    await vi.advanceTimersByTimeAsync(1000);
    await prepared;
    port.boots = false;
    const late = expect(one.next()).rejects.toMatchObject({
      data: { code: "no-prompt", params: { machine: "scripted", seconds: 10 } },
    });
    await vi.advanceTimersByTimeAsync(12_000);
    await late;
  });

  it("tells the machine's own cause when it fails", async () => {
    const { port, run } = scene();
    const one = run("x", {}, cycled);
    await one.prepare();
    port.boots = false;
    const step = one.next();
    await vi.waitFor(() => expect(port.orders).toContain("reset"));
    port.become({ state: "failed", error: { code: "memory", params: { reason: "none left" } } });
    await expect(step).rejects.toMatchObject({
      data: {
        code: "interrupted",
        params: { state: "failed", cause: expect.stringContaining("none left") },
      },
    });
  });
});

describe("Stop", () => {
  it("ends each step, not only the first, and gives the machine back at once", async () => {
    const { port, run } = scene((line) =>
      line === "two" || line === INTERRUPT
        ? undefined
        : `${command(AID, "1\r\n")}${prompt(AID, 0)}`,
    );
    let stop = new AbortController();
    const one = run("x", { signal: () => stop.signal });
    await one.prepare();
    stop = new AbortController();
    await one.next();
    stop = new AbortController();
    const step = one.next();
    await vi.waitFor(() => expect(port.entered).toContain("two"));
    stop.abort();
    await expect(step).rejects.toMatchObject({ data: { code: "stopped" } });
    expect(deskOf(port).holder).toBeUndefined();
  });
});
