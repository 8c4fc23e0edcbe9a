import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RaceSession } from "../../src/components/instruments/race-session.ts";
import { ExperimentSession } from "../../src/components/lab/experiment-session.ts";
import { experimentText } from "../../src/components/lab/experiment-text.ts";
import { PageMachine } from "../../src/components/lab/page-machine.ts";
import { progressStore } from "../../src/components/lab/progress-store.ts";
import { deskOf } from "../../src/lab/lease.ts";
import { type ExperimentInput, experimentSchema } from "../../src/lab/schema.ts";
import { type FakePage, fakePage } from "./fixtures/page.ts";
import { command, INTERRUPT, prompt, type Script, ScriptedPort } from "./fixtures/scripted-port.ts";

/** What a view of a terminal was told, in place of xterm.js, which wants a browser. */
const views = vi.hoisted(() => ({ written: [] as string[], cleared: 0, missing: false }));
vi.mock("../../src/components/lab/terminal-view.ts", () => ({
  get TerminalView() {
    if (views.missing) throw new TypeError("Failed to fetch dynamically imported module");
    return class {
      write(data: Uint8Array) {
        views.written.push(new TextDecoder().decode(data));
      }
      clear() {
        views.cleared++;
      }
    };
  },
}));

const said = { zh: "话", en: "words" };
const AID = "login-1";
const definition: ExperimentInput = {
  title: said,
  intent: said,
  claims: ["ns-hide"],
  terminals: { here: { machine: "scripted", port: 0, label: said } },
  steps: [
    { id: "first", at: "here", run: "one", explain: said, capture: { "a.one": "(1)" } },
    { id: "second", at: "here", run: "two", explain: said },
  ],
  findings: [{ that: "a.one == 1", because: said }],
};
const works: Script = () => `${command(AID, "1\r\n")}${prompt(AID, 0)}`;

let page: FakePage;
beforeEach(() => {
  page = fakePage();
  Object.assign(views, { written: [], cleared: 0, missing: false });
  progressStore.forget();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function scene(script: Script = works, more: Partial<ExperimentInput> = {}) {
  const port = new ScriptedPort(script);
  const machine = new PageMachine(port);
  port.print(prompt(AID, 0));
  const text = (id: string) =>
    experimentText(id, experimentSchema.parse({ ...definition, ...more }), "en");
  const session = (id = "x") => new ExperimentSession(text(id), [machine]);
  return { port, machine, session };
}

describe("an experiment on a page", () => {
  it("runs, judges, and keeps the verdict", async () => {
    const { port, session } = scene();
    const one = session();
    await one.runAll();
    expect(one.error.value).toBeUndefined();
    expect(one.verdict.value).toMatchObject({ ok: true });
    expect(one.runState.value).toBe("idle");
    expect(port.entered).toEqual(["one", "two"]);
    expect(progressStore.experience("x").verdict).toMatchObject({ ok: true });
  });

  describe("without what it is about", () => {
    const control = {
      findings: [{ that: "a.one == 1", because: said, control: "bare" }],
      controls: { bare: { without: said, steps: { first: "other" } } },
    };
    /** Prints what the mechanism brings about, and something else without it. */
    const works: Script = (line) =>
      `${command(AID, line === "one" ? "1\r\n" : "2\r\n")}${prompt(AID, 0)}`;
    const bare = { capture: { "a.one": "(\\d)" } };
    const steps = definition.steps.map((step, index) =>
      index === 0 ? { ...step, ...bare } : step,
    );

    it("goes back to the checkpoint, types the other command, and leaves its verdict standing", async () => {
      const { port, session } = scene(works, { ...control, steps });
      const one = session();
      await one.runAll();
      await one.runControl("bare");
      expect(one.error.value).toBeUndefined();
      expect(port.entered).toEqual(["one", "two", "other"]);
      expect(port.orders).toEqual(["restore"]);
      expect(one.controls.value.bare).toMatchObject({ ok: true, typed: false });
      expect(one.verdict.value?.ok).toBe(true);
      expect(one.steps.value).toHaveLength(2);
    });

    it("says so when a finding is true without it, too", async () => {
      const { session } = scene(undefined, { ...control, steps });
      const one = session();
      await one.runControl("bare");
      expect(one.controls.value.bare).toMatchObject({ ok: false, findings: [{ ok: true }] });
      expect(progressStore.experience("x").verdict).toBeUndefined();
    });

    it("gives up a run that was not complete, whose machine it needs", async () => {
      const { port, session } = scene(works, { ...control, steps });
      const one = session();
      await one.runNext();
      await one.runControl("bare");
      expect(one.steps.value).toEqual([]);
      await one.runAll();
      expect(port.entered).toEqual(["one", "other", "one", "two"]);
      expect(one.verdict.value?.ok).toBe(true);
    });

    it("says of a control in whose middle the machine crashed why it showed nothing", async () => {
      const { port, session } = scene(
        (line, terminal) => {
          if (line === "other") port.become({ state: "crashed", cause: "panic", lastLines: [] });
          return works(line, terminal);
        },
        { ...control, steps },
      );
      const one = session();
      await one.runAll();
      await one.runControl("bare");
      expect(one.controls.value.bare).toMatchObject({ error: { code: "crashed" } });
      expect(one.runState.value).toBe("idle");
      // The experiment's own verdict has nothing to do with it.
      expect(one.error.value).toBeUndefined();
      expect(one.verdict.value?.ok).toBe(true);
    });

    it("shows its recording again when the reader stops it, and the verdict stands", async () => {
      const silent: Script = (line, terminal) =>
        line === "other" || line === INTERRUPT ? undefined : works(line, terminal);
      const { port, session } = scene(silent, { ...control, steps });
      const one = session();
      await one.runAll();
      const running = one.runControl("bare");
      await vi.waitFor(() => expect(port.entered).toContain("other"));
      one.stop();
      await running;
      expect(one.controls.value.bare).toBeUndefined();
      expect(one.error.value).toBeUndefined();
      expect(one.verdict.value?.ok).toBe(true);
    });

    it("is not named as somebody else who had used the machine", async () => {
      const one = scene(works, { ...control, steps }).session();
      await one.runControl("bare");
      await one.runAll();
      expect(one.wiped.value).toBeUndefined();
    });
  });

  it("says that the machine went back to its checkpoint because the reader had typed", async () => {
    const { port, machine, session } = scene();
    machine.type(0, "cd /tmp\r");
    const one = session();
    await one.runAll();
    expect(port.orders).toEqual(["restore"]);
    expect(one.wiped.value).toEqual({ by: undefined, reader: true });
    expect(one.verdict.value?.ok).toBe(true);
  });

  it("does not keep a false verdict on a machine that the reader has used meanwhile", async () => {
    const { machine, session } = scene(() => `${command(AID, "nothing\r\n")}${prompt(AID, 0)}`);
    const one = session();
    await one.runNext();
    machine.type(0, "PATH=\r");
    await one.runAll();
    expect(one.verdict.value).toMatchObject({ ok: false });
    expect(one.readerTyped.value).toBe(true);
    expect(progressStore.experience("x").verdict).toBeUndefined();
  });

  it("neither keeps nor gives a verdict when a file did not come", async () => {
    const { port, session } = scene((line, terminal) => {
      const params = { file: "share/unshare", reason: "offline", received: 0, total: 1 };
      if (line === "two") port.tell({ type: "notice", notice: { code: "download", params } });
      return works(line, terminal);
    });
    const one = session();
    await one.runAll();
    expect(one.verdict.value).toBeUndefined();
    expect(one.error.value).toMatchObject({ code: "file", params: { file: "share/unshare" } });
    expect(progressStore.experience("x").verdict).toBeUndefined();
  });

  it.each([
    [
      "crashes",
      (port: ScriptedPort) =>
        port.become({ state: "crashed", cause: "panic", lastLines: ["oops"] }),
    ],
    ["reboots", (port: ScriptedPort) => port.reset()],
  ] as const)(
    "is not judged where the machine %s in its middle, and can be run again",
    async (_, falls) => {
      let broken = true;
      const { port, session } = scene((line, terminal) => {
        if (line !== "two" || !broken) return works(line, terminal);
        queueMicrotask(() => falls(port));
        return undefined;
      });
      const one = session();
      await one.runAll();
      expect(one.error.value?.code).toBe("crashed");
      expect(one.verdict.value).toBeUndefined();
      expect(progressStore.experience("x").verdict).toBeUndefined();
      expect(deskOf(port).holder).toBeUndefined();
      broken = false;
      await one.runAgain();
      expect(one.verdict.value?.ok).toBe(true);
    },
  );

  it("waits for its turn while an instrument has the machine, and is told whose it is", async () => {
    const { port, session } = scene();
    const one = session();
    const lease = await deskOf(port).borrow({ kind: "instrument", id: "map" });
    expect(one.elsewhere.value).toEqual({ kind: "instrument", id: "map" });
    await one.runAll();
    expect(port.entered).toEqual([]);
    lease.release();
    expect(one.elsewhere.value).toBeUndefined();
    await one.runAll();
    expect(port.orders).toEqual(["restore"]);
    expect(one.wiped.value?.by).toEqual({ kind: "instrument", id: "map" });
    expect(one.verdict.value?.ok).toBe(true);
  });

  it("does not go on where an instrument has been at work between two steps", async () => {
    const { port, session } = scene();
    const one = session();
    await one.runNext();
    (await deskOf(port).borrow({ kind: "instrument", id: "map" })).release();
    await one.runNext();
    expect(one.error.value).toMatchObject({ code: "disturbed", params: { by: "map" } });
    await one.runAll();
    expect(one.verdict.value?.ok).toBe(true);
  });

  it("takes no keys of the reader while it types, but for Ctrl+C, whichever way they come", async () => {
    const { port, machine, session } = scene((line, terminal) =>
      line === INTERRUPT || line === "two" ? undefined : works(line, terminal),
    );
    const one = session();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.entered).toContain("two"));
    machine.type(0, "\t");
    machine.type(0, "\u0004");
    machine.type(0, INTERRUPT);
    expect(port.typed.filter((keys) => ["\t", "\u0004", INTERRUPT].includes(keys))).toEqual([
      INTERRUPT,
    ]);
    one.stop();
    await run;
  });

  it("leaves the terminals to the reader while an instrument works in the page's own", async () => {
    const { port, machine } = scene();
    const who = [
      { kind: "instrument", id: "ring-meter" },
      { kind: "exercise", id: "own-pid" },
    ] as const;
    for (const borrower of who) {
      const lease = await deskOf(port).borrow(borrower);
      machine.type(0, "l");
      lease.release();
    }
    expect(port.typed).toEqual(["l", "l"]);
    const lease = await deskOf(port).borrow({ kind: "race", id: "race" });
    machine.type(0, "s");
    lease.release();
    expect(port.typed).toEqual(["l", "l"]);
  });

  it("keeps what it has told while it cannot begin again", async () => {
    const { port, session } = scene((line) => (line === "one" ? undefined : works(line, 0)));
    const one = session();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.entered).toEqual(["one"]));
    one.stop();
    await run;
    const lease = await deskOf(port).borrow({ kind: "instrument", id: "map" });
    await one.runAgain();
    expect(one.error.value?.code).toBe("stopped");
    expect(port.orders).toEqual([]);
    lease.release();
  });

  it("tells of a script of the page that is not to be had, and can be run again", async () => {
    const { session } = scene();
    const one = session();
    views.missing = true;
    await one.runAll();
    expect(one.error.value?.code).toBe("stale");
    await one.start(one.machines[0] as PageMachine);
    expect(one.error.value?.code).toBe("stale");
    views.missing = false;
    await one.runAll();
    expect(one.verdict.value?.ok).toBe(true);
  });

  it("tells of a missing script that runs experiments, and lets the reader try again", async () => {
    vi.doMock("../../src/lab/run.ts", () => {
      throw new TypeError("Failed to fetch dynamically imported module");
    });
    const { port, session } = scene();
    const one = session();
    await one.runAll();
    expect(one.error.value?.code).toBe("stale");
    expect(one.runState.value).toBe("idle");
    expect(port.entered).toEqual([]);
    vi.doUnmock("../../src/lab/run.ts");
    await one.runAll();
    expect(one.verdict.value?.ok).toBe(true);
  });
});

describe("Stop", () => {
  it("ends a run that downloads, at once, and the download", async () => {
    const { port, session } = scene();
    port.status = { state: "idle", poweredOff: false };
    port.boots = false;
    const one = session();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.orders).toContain("start"));
    port.become({ state: "downloading", received: 1, total: 2 });
    one.stop();
    await run;
    expect(port.orders).toEqual(["start", "off"]);
    expect(one.runState.value).toBe("idle");
    expect(one.error.value?.code).toBe("stopped");
    expect(deskOf(port).holder).toBeUndefined();
  });

  it("ends the second step of a run, too", async () => {
    const { port, session } = scene((line, terminal) =>
      line === "two" || line === INTERRUPT ? undefined : works(line, terminal),
    );
    const one = session();
    await one.runNext();
    const run = one.runNext();
    await vi.waitFor(() => expect(port.entered).toContain("two"));
    one.stop();
    await run;
    expect(one.error.value?.code).toBe("stopped");
  });
});

describe("leaving the page", () => {
  it("in a download ends the run, which can be begun again after Back", async () => {
    const { port, session } = scene();
    port.status = { state: "idle", poweredOff: false };
    port.boots = false;
    const one = session();
    const release = one.attach();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.orders).toContain("start"));
    port.become({ state: "downloading", received: 1, total: 2 });
    page.leave();
    await run;
    expect(one.runState.value).toBe("idle");
    expect(one.verdict.value).toBeUndefined();
    port.boots = true;
    await one.runAll();
    expect(one.verdict.value?.ok).toBe(true);
    release();
  });

  it("in the middle of a command leaves nobody waiting and nobody's lease", async () => {
    const { port, session } = scene(() => undefined);
    const one = session();
    const release = one.attach();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.entered).toEqual(["one"]));
    page.leave();
    await run;
    expect(one.error.value).toMatchObject({ code: "crashed", params: { state: "idle" } });
    expect(deskOf(port).holder).toBeUndefined();
    release();
  });

  it("with a part of the page removed gives its machine to the others", async () => {
    const { port, session } = scene(() => undefined);
    const one = session("x");
    const other = session("y");
    const keep = other.attach();
    const release = one.attach();
    const run = one.runAll();
    await vi.waitFor(() => expect(port.entered).toEqual(["one"]));
    release();
    await run;
    expect(other.elsewhere.value).toBeUndefined();
    keep();
  });
});

describe("a hidden tab", () => {
  it("stands still, and a step that switches the machine off and on does not run out of time", async () => {
    vi.useFakeTimers();
    const { port, session } = scene(works, {
      steps: [
        { id: "cycle", at: "here", power: "cycle", explain: said, limitSeconds: 30 },
        { id: "first", at: "here", run: "one", explain: said, capture: { "a.one": "(1)" } },
      ],
    });
    const one = session();
    const release = one.attach();
    await vi.advanceTimersByTimeAsync(10);
    port.boots = false;
    const run = one.runAll();
    await vi.waitFor(() => expect(port.orders).toContain("reset"));
    page.hide(true);
    expect(port.orders).toContain("pause");
    port.become({ state: "paused", boot: undefined });
    await vi.advanceTimersByTimeAsync(150_000);
    page.hide(false);
    port.become({ state: "booting" });
    port.arrive();
    await vi.advanceTimersByTimeAsync(1000);
    await run;
    expect(one.verdict.value?.ok).toBe(true);
    release();
  });
});

describe("a machine of the page", () => {
  it("shows in a view that comes late what its terminal has printed", async () => {
    const { port, machine } = scene();
    port.tell({ type: "console", data: new TextEncoder().encode("Linux version") });
    port.print("hello");
    await machine.terminal(0);
    expect(views.written.join("")).toMatch(/# .*Linux versionhello$/s);
    port.print("more");
    expect(views.written.at(-1)).toBe("more");
  });

  it("clears its terminals when another system begins, also from a pause, and not when it goes on", async () => {
    const { port, machine } = scene();
    await machine.terminal(0);
    port.pause();
    port.resume();
    expect(views.cleared).toBe(0);
    port.pause();
    port.reset();
    expect(views.cleared).toBe(1);
  });

  it("does not wake by itself after Back what a hidden tab had paused", () => {
    const { port, machine } = scene();
    const release = machine.use();
    page.hide(true);
    page.leave();
    page.hide(false);
    expect(port.orders).toEqual(["pause", "destroy"]);
    release();
  });
});

describe("the race", () => {
  it("has the machine to itself, leaves traces, and can be stopped", async () => {
    const { port, machine, session } = scene();
    const race = new RaceSession();
    port.boots = false;
    const run = race.run(["restored"], machine);
    await vi.waitFor(() => expect(port.orders).toEqual(["restore"]));
    expect(session().elsewhere.value).toEqual({ kind: "race", id: "race" });
    port.arrive();
    await run;
    expect(race.results.value.restored).toEqual({ instructions: 0, seconds: 0 });
    expect(deskOf(port).holder).toBeUndefined();
    expect(deskOf(port).traces.by).toEqual({ kind: "race", id: "race" });
    const again = race.run(["restored"], machine);
    await vi.waitFor(() => expect(port.orders).toEqual(["restore", "restore"]));
    race.stop();
    await again;
    expect(race.trouble.value).toMatchObject({ data: { code: "stopped" } });
    expect(race.running.value).toBeUndefined();
  });

  it("is refused while a run has the machine", async () => {
    const { port, machine } = scene();
    const lease = await deskOf(port).borrow({ kind: "experiment", id: "uts" });
    const race = new RaceSession();
    await race.run(["restored"], machine);
    expect(race.trouble.value).toMatchObject({ data: { code: "occupied", params: { by: "uts" } } });
    lease.release();
  });

  it("ends when its machine crashes", async () => {
    const { port, machine } = scene();
    const race = new RaceSession();
    port.boots = false;
    const run = race.run(["restored"], machine);
    await vi.waitFor(() => expect(port.orders).toEqual(["restore"]));
    port.become({ state: "crashed", cause: "engine", lastLines: ["oops"] });
    await run;
    expect(race.trouble.value).toMatchObject({
      data: { code: "interrupted", params: { cause: expect.stringContaining("oops") } },
    });
  });
});
