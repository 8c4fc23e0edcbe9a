import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { Machine } from "../../src/machine/machine.ts";
import { folderSource } from "../../src/machine/node.ts";
import { bringUp, reach } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
let machine: Machine;

async function booted() {
  machine = new Machine("linux", folderSource(GUEST));
  await bringUp(machine);
  return new Shell(machine, 0);
}

/** Another machine, whose panic begins now and has been told. */
async function bootedToPanic() {
  const other = new Machine("linux", folderSource(GUEST));
  await bringUp(other);
  other.input(0, "echo c > /proc/sysrq-trigger\r");
  await reach(other, "crashed").catch((thrown) => {
    other.destroy();
    throw thrown;
  });
  return other;
}

afterEach(() => machine.destroy());

describe("an engine that throws", () => {
  it("while the machine is paused is told as a crash, and Resume does not hide it", async () => {
    const shell = await booted();
    await reach(machine, "paused", { act: () => machine.pause() });
    machine.engineFailed("unreachable");
    expect(machine.status).toMatchObject({ state: "crashed", cause: "engine" });
    machine.resume();
    const ready = reach(machine, "ready", { act: () => machine.start(), afresh: true });
    await ready;
    expect((await shell.run("echo alive", OPTIONS)).output).toBe("alive");
  });

  it("while a restored machine is woken ends the start at once, with that cause", async () => {
    machine = new Machine("linux", folderSource(GUEST));
    const woken = new Promise<void>((resolve) => {
      machine.subscribe((event) => event.type === "output" && resolve());
    });
    machine.start();
    await woken;
    machine.engineFailed("unreachable");
    expect(machine.status).toMatchObject({ state: "crashed", cause: "engine" });
    await bringUp(machine);
  });
});

describe("a reset in the half second in which a panic says its last lines", () => {
  it("is of the machine before: the new one is left alone", async () => {
    const shell = await booted();
    const panicked = new Promise<void>((resolve) => {
      const decoder = new TextDecoder();
      let console = "";
      machine.subscribe((event) => {
        if (event.type === "console") console += decoder.decode(event.data, { stream: true });
        if (console.includes("Kernel panic - not syncing")) resolve();
      });
    });
    const command = shell.run("echo c > /proc/sysrq-trigger", OPTIONS);
    await panicked;
    const ready = reach(machine, "ready", { act: () => machine.restore(), afresh: true });
    await expect(command).rejects.toMatchObject({ data: { code: "crashed" } });
    await ready;
    // By the time that another one's panic is told, this one would have been taken for its first.
    const other = await bootedToPanic();
    other.destroy();
    expect((await shell.run("echo alive", OPTIONS)).output).toBe("alive");
    expect(machine.status.state).toBe("ready");
  });
});

describe("switching off", () => {
  it("ends what is running and whoever waits for it, and leaves a machine that can be started", async () => {
    const shell = await booted();
    const command = shell.run("sleep 1000", OPTIONS);
    const measured = machine.measure();
    machine.off();
    await expect(command).rejects.toMatchObject({ data: { code: "crashed" } });
    expect((await measured).instructions).toBeGreaterThanOrEqual(0);
    await reach(machine, "idle");
    expect(machine.status).toEqual({ state: "idle", poweredOff: false });
    expect(await machine.measure()).toEqual({ instructions: 0, seconds: 0 });
    await bringUp(machine);
    expect((await shell.run("echo alive", OPTIONS)).output).toBe("alive");
  });
});
