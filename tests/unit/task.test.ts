import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { abortWhenOff, Task, ToldTrouble, troubleOf } from "../../src/components/machine/task.ts";
import en from "../../src/content/i18n/en.json" with { type: "json" };
import zh from "../../src/content/i18n/zh-CN.json" with { type: "json" };
import { LabError } from "../../src/lab/errors.ts";
import type { MachineState } from "../../src/machine/protocol.ts";

const never = () => new Promise<void>(() => {});

describe.each([
  ["en", en],
  ["zh", zh],
] as const)("something done with a machine (%s)", (_, strings) => {
  it("is busy until it is done, and is not begun twice", async () => {
    const task = new Task(strings);
    const { promise, resolve } = Promise.withResolvers<void>();
    const done: string[] = [];
    const first = task.run(async () => {
      await promise;
      done.push("first");
    });
    expect(task.busy.value).toBe(true);
    await task.run(async () => void done.push("second"));
    resolve();
    await first;
    expect(done).toEqual(["first"]);
    expect(task.busy.value).toBe(false);
    expect(task.trouble.value).toBeUndefined();
  });

  it("tells its trouble in the page's language until it is begun again", async () => {
    const task = new Task(strings);
    await task.run(() => Promise.reject(new LabError({ code: "busy", params: { terminal: "2" } })));
    expect(task.trouble.value).toBe(strings["instrument.trouble.busy"]);
    expect(troubleOf(new Task(strings), task)).toBe(task.trouble.value);
    const again = task.run(never);
    expect(task.trouble.value).toBeUndefined();
    task.abort();
    await again;
    await task.run(() => Promise.reject(new ToldTrouble("said already")));
    expect(task.trouble.value).toBe("said already");
  });

  it("keeps the trouble of what is repeated until it succeeds", async () => {
    const task = new Task(strings, { keepsTrouble: true });
    await task.run(() => Promise.reject(new ToldTrouble("no images")));
    const again = task.run(async () => {
      expect(task.trouble.value).toBe("no images");
    });
    await again;
    expect(task.trouble.value).toBeUndefined();
  });

  it("waits for nothing once it is aborted, and lets nothing that comes late be told", async () => {
    const task = new Task(strings);
    const late = Promise.withResolvers<void>();
    let given: AbortSignal | undefined;
    const run = task.run((signal) => {
      given = signal;
      return late.promise;
    });
    task.abort();
    expect(given?.aborted).toBe(true);
    expect(task.busy.value).toBe(false);
    await run;
    const next = task.run(never);
    late.reject(new Error("too late"));
    await Promise.resolve();
    expect(task.busy.value).toBe(true);
    expect(task.trouble.value).toBeUndefined();
    task.abort();
    await next;
  });

  it("ends when its machine loses what it did, or its part of the page goes away", async () => {
    const task = new Task(strings);
    const state = signal<MachineState>("ready");
    const leave = abortWhenOff(task, state);
    const begun = () => {
      const run = task.run(never);
      expect(task.busy.value).toBe(true);
      return run;
    };
    for (const gone of ["booting", "crashed", "idle", "failed"] as const) {
      state.value = "ready";
      const run = begun();
      state.value = "paused";
      expect(task.busy.value).toBe(true);
      state.value = gone;
      expect(task.busy.value).toBe(false);
      await run;
    }
    state.value = "ready";
    const last = begun();
    leave();
    expect(task.busy.value).toBe(false);
    await last;
  });
});
