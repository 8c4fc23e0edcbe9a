import { describe, expect, it, vi } from "vitest";
import { type Borrower, borrowing, deskOf } from "../../src/lab/lease.ts";
import { ScriptedPort } from "./fixtures/scripted-port.ts";

const UTS: Borrower = { kind: "experiment", id: "uts" };
const MAP: Borrower = { kind: "instrument", id: "namespace-map" };
const RACE: Borrower = { kind: "race", id: "race" };
const occupied = (by: Borrower) => ({
  data: { code: "occupied", params: { machine: "scripted", by: by.id, kind: by.kind } },
});

describe("a machine's desk", () => {
  it("is the same for everybody, and lends to one at a time", async () => {
    const port = new ScriptedPort();
    const desk = deskOf(port);
    expect(deskOf(port)).toBe(desk);
    const lease = await desk.borrow(UTS);
    expect(desk.holder).toEqual(UTS);
    await expect(desk.borrow(UTS)).rejects.toMatchObject(occupied(UTS));
    await expect(desk.borrow(RACE, { wait: true })).rejects.toMatchObject(occupied(UTS));
    lease.release();
    lease.release();
    const next = await desk.borrow(RACE);
    // A lease that has ended ends nobody else's.
    lease.release();
    expect(desk.holder).toEqual(RACE);
    expect(next.signal.aborted).toBe(false);
    expect(lease.signal.aborted).toBe(true);
  });

  it("lets one instrument wait for another, and stop waiting", async () => {
    const desk = deskOf(new ScriptedPort());
    const first = await desk.borrow(MAP, { wait: true });
    const stop = new AbortController();
    const second = desk.borrow({ kind: "instrument", id: "ring-meter" }, { wait: true });
    const given = desk.borrow(MAP, { wait: true, signal: stop.signal });
    stop.abort();
    await expect(given).rejects.toMatchObject({ data: { code: "stopped" } });
    first.release();
    expect((await second).who.id).toBe("ring-meter");
  });

  it("brings a machine that is off to its prompt, and one that is paused goes on", async () => {
    const port = new ScriptedPort();
    port.status = { state: "idle", poweredOff: false };
    (await deskOf(port).borrow(UTS)).release();
    port.pause();
    (await deskOf(port).borrow(MAP)).release();
    expect(port.orders).toEqual(["start", "pause", "resume"]);
  });

  it("gives a clean machine to whoever asks for one, from a snapshot only where there are traces", async () => {
    const port = new ScriptedPort();
    const desk = deskOf(port);
    (await desk.borrow(UTS, { clean: true })).release();
    expect(port.orders).toEqual([]);
    const after = await desk.borrow(UTS, { clean: true });
    expect(port.orders).toEqual(["restore"]);
    expect(after.wiped).toEqual({ by: UTS, reader: false });
    after.release();
    // Whoever does not mind gets it as it is.
    expect((await desk.borrow(MAP)).wiped).toBeUndefined();
    expect(port.orders).toEqual(["restore"]);
  });

  it("takes a machine back whatever it bears when that is asked for", async () => {
    const port = new ScriptedPort();
    const lease = await deskOf(port).borrow(UTS, { clean: "anew" });
    expect(port.orders).toEqual(["restore"]);
    expect(lease.wiped).toBeUndefined();
  });

  it("counts what the reader types as a trace, until another system begins", async () => {
    const port = new ScriptedPort();
    const desk = deskOf(port);
    desk.readerTyped();
    expect(desk.traces).toEqual({ by: undefined, reader: true });
    port.reset();
    await vi.waitFor(() => expect(port.status.state).toBe("ready"));
    expect(desk.traces).toEqual({ by: undefined, reader: false });
    // A pause in the middle of a boot is no beginning.
    desk.readerTyped();
    port.become({ state: "paused", boot: undefined });
    port.become({ state: "booting" });
    expect(desk.traces.reader).toBe(true);
  });

  it("counts what a borrower does after switching the machine off and on", async () => {
    const port = new ScriptedPort();
    const lease = await deskOf(port).borrow(RACE);
    port.reset();
    await vi.waitFor(() => expect(port.status.state).toBe("ready"));
    lease.release();
    expect(deskOf(port).traces).toEqual({ by: RACE, reader: false });
  });

  it("says why there is no machine to be had, and has it back", async () => {
    const port = new ScriptedPort();
    port.boots = false;
    port.status = { state: "idle", poweredOff: false };
    const borrowed = deskOf(port).borrow(UTS);
    await vi.waitFor(() => expect(port.orders).toEqual(["start"]));
    port.become({ state: "failed", error: { code: "memory", params: { reason: "none" } } });
    await expect(borrowed).rejects.toMatchObject({
      data: { code: "interrupted", params: { machine: "scripted", state: "failed" } },
    });
    expect(deskOf(port).holder).toBeUndefined();
  });
});

describe("a borrower that never gives back", () => {
  it("loses the machine when its part of the page goes", async () => {
    const desk = deskOf(new ScriptedPort());
    const gone = new AbortController();
    const lease = await desk.borrow(MAP, { signal: gone.signal });
    gone.abort();
    expect(desk.holder).toBeUndefined();
    expect(lease.signal.aborted).toBe(true);
    await desk.borrow(UTS);
  });

  it("loses it when the page is left, or somebody switches the machine off", async () => {
    const port = new ScriptedPort();
    const lease = await deskOf(port).borrow(UTS);
    port.destroy();
    expect(lease.signal.aborted).toBe(true);
    expect(deskOf(port).holder).toBeUndefined();
  });

  it("keeps it when the guest powers off or panics: that may be what it is for", async () => {
    const port = new ScriptedPort();
    const lease = await deskOf(port).borrow(UTS);
    port.become({ state: "crashed", cause: "panic", lastLines: [] });
    port.become({ state: "idle", poweredOff: true });
    expect(lease.signal.aborted).toBe(false);
  });

  it("cannot type by its lease once that has ended", async () => {
    const port = new ScriptedPort();
    const lease = await deskOf(port).borrow(UTS);
    const shell = lease.shell(0);
    lease.release();
    const run = shell.run("late", { typingMs: 0, limitSeconds: 1, signal: lease.signal });
    await expect(run).rejects.toMatchObject({ data: { code: "stopped" } });
    expect(port.typed).toEqual([]);
  });
});

describe("looking at a machine", () => {
  it("leaves no traces, goes on one after another, and stands back for who borrows", async () => {
    const desk = deskOf(new ScriptedPort());
    const order: string[] = [];
    const first = desk.look(async () => order.push("first"));
    const second = desk.look(async () => order.push("second"));
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    expect(desk.traces.by).toBeUndefined();
    const lease = await desk.borrow(UTS);
    expect(await desk.look(async () => order.push("third"))).toBeUndefined();
    lease.release();
    expect(await desk.look(async () => order.push("fourth"))).toBe(3);
  });

  it("is ended by whoever borrows, who waits until it has ended", async () => {
    const desk = deskOf(new ScriptedPort());
    const began = Promise.withResolvers<void>();
    let ended = false;
    const look = desk.look(async (signal) => {
      began.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended = true;
      throw new Error("given up");
    });
    await began.promise;
    await desk.borrow(UTS);
    expect(ended).toBe(true);
    expect(await look).toBeUndefined();
  });
});

describe("several machines", () => {
  it("are borrowed all or none", async () => {
    const [one, two] = [new ScriptedPort(undefined, "one"), new ScriptedPort(undefined, "two")];
    const held = await deskOf(two).borrow(MAP);
    const work = vi.fn(async () => "done");
    await expect(borrowing([one, two], UTS, {}, work)).rejects.toMatchObject({
      data: { code: "occupied", params: { machine: "two" } },
    });
    expect(work).not.toHaveBeenCalled();
    expect(deskOf(one).holder).toBeUndefined();
    held.release();
    expect(await borrowing([one, two, one], UTS, {}, work)).toBe("done");
    expect(deskOf(two).holder).toBeUndefined();
  });
});
