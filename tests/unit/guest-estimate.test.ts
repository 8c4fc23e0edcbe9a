import { describe, expect, it } from "vitest";
import { type Course, secondsUntil, type Work } from "../../tools/guest/estimate.ts";
import type { ReportInit } from "../../tools/guest/report-messages.ts";
import { ReportState } from "../../tools/guest/report-state.ts";

const work = (step: Work["step"], seconds: number, more: Partial<Work> = {}): Work => ({
  machine: "linux",
  step,
  seconds,
  amount: 1,
  counts: false,
  ...more,
});
const kernel = work("kernel", 200, { amount: 1000, counts: true });
const course = (more: Partial<Course>): Course => ({
  works: [work("share", 30), kernel, work("assembling", 5)],
  spent: [],
  running: 0,
  counted: undefined,
  ...more,
});

describe("the time that is left", () => {
  it("is what was expected, until something is known", () => {
    expect(secondsUntil(course({}), 0)).toBe(30);
    expect(secondsUntil(course({ running: 10 }), 2)).toBe(20 + 200 + 5);
  });

  it("of a step that counts follows its own pace", () => {
    // A quarter in a hundred seconds: three hundred more, and everything after it twice as long.
    const counted = { seconds: 100, done: 250, before: 0 };
    const slow = course({ spent: [30], running: 140, counted });
    expect(secondsUntil(slow, 1)).toBeCloseTo(300);
    expect(secondsUntil(slow, 2)).toBeCloseTo(300 + 5 * (130 / 80));
  });

  it("does not count as this build's pace what an earlier one had compiled", () => {
    const counted = { seconds: 20, done: 800, before: 700 };
    expect(secondsUntil(course({ spent: [30], running: 20, counted }), 1)).toBeCloseTo(40);
  });

  it("does not take for slow compiling what had to be done before it", () => {
    expect(secondsUntil(course({ spent: [30], running: 150 }), 1)).toBe(50);
    const counted = { seconds: 0, done: 0, before: 0 };
    expect(secondsUntil(course({ spent: [30], running: 150, counted }), 1)).toBe(200);
  });

  it("learns from what is done, within reason", () => {
    expect(secondsUntil(course({ spent: [60], running: 0 }), 2)).toBe(2 * 205);
    expect(secondsUntil(course({ spent: [30_000], running: 0 }), 2)).toBe(8 * 205);
  });

  it("does not learn from the network about the compiler", () => {
    const works = [work("downloading", 100, { amount: 5e8, counts: true }), kernel];
    expect(secondsUntil(course({ works, spent: [10], running: 0 }), 1)).toBe(200);
  });

  it("is never nothing while a step lasts", () => {
    expect(secondsUntil(course({ running: 500 }), 0)).toBe(3);
  });

  it("is nothing for what is done", () => {
    expect(secondsUntil(course({ spent: [30, 200, 5] }), 2)).toBe(0);
  });
});

describe("what a build says of itself", () => {
  const init: ReportInit = {
    path: "",
    pid: 7,
    parent: undefined,
    machines: ["linux", "tiny-os"].map((id) => ({ id, title: { zh: id, en: id } })),
  };
  const machines = (state: ReportState, now: number, grown = 0) => state.file(now, grown).machines;

  it("begins without an estimate, and beats", () => {
    const state = new ReportState(init, 100);
    const file = state.file(101, 0);
    expect(file).toMatchObject({ state: "running", step: "preparing", beat: 0, machine: null });
    expect(file.machines.linux).toMatchObject({ ready: false, fraction: 0, secondsLeft: null });
    expect(state.file(102, 0)).toMatchObject({ beat: 1 });
  });

  it("tells each machine when it can be started, without its snapshot, after those before it", () => {
    const state = new ReportState(init, 0);
    const works = [
      work("share", 30, { machine: null }),
      work("assembling", 10),
      work("snapshot", 8),
      work("assembling", 2, { machine: "tiny-os" }),
    ];
    state.hear({ type: "works", works, ready: [] }, 0);
    state.hear({ type: "step", machine: null, step: "share" }, 0);
    expect(machines(state, 10).linux).toMatchObject({ secondsLeft: 30, fraction: 0.25 });
    expect(machines(state, 10)["tiny-os"]?.secondsLeft).toBe(40);
    state.hear({ type: "step", machine: "linux", step: "assembling" }, 30);
    state.hear({ type: "ready", machine: "linux" }, 40);
    state.hear({ type: "step", machine: "linux", step: "snapshot" }, 40);
    expect(machines(state, 40).linux).toMatchObject({ ready: true, secondsLeft: 0, fraction: 1 });
    expect(machines(state, 40)["tiny-os"]?.secondsLeft).toBe(10);
  });

  it("tells two works of one name apart, and learns from each what it took", () => {
    const state = new ReportState(init, 0);
    const works = [
      work("downloading", 10),
      work("share", 30, { machine: null }),
      work("downloading", 40),
      work("kernel", 100),
    ];
    state.hear({ type: "works", works, ready: [] }, 0);
    state.hear({ type: "step", machine: "linux", step: "downloading" }, 0);
    state.hear({ type: "step", machine: null, step: "share" }, 10);
    state.hear({ type: "step", machine: "linux", step: "downloading" }, 70);
    expect(machines(state, 70).linux?.secondsLeft).toBe(40 + 2 * 100);
    state.hear({ type: "step", machine: "linux", step: "kernel" }, 72);
    expect(machines(state, 72).linux?.secondsLeft).toBe(2 * 100);
  });

  it("counts a file that grows", () => {
    const state = new ReportState(init, 0);
    const works = [work("downloading", 100, { amount: 1000, counts: true })];
    state.hear({ type: "works", works, ready: [] }, 0);
    state.hear({ type: "step", machine: "linux", step: "downloading" }, 0);
    state.hear({ type: "count", counted: { done: 100, growing: "/x" } }, 0);
    expect(state.growing).toBe("/x");
    expect(machines(state, 50, 400).linux?.secondsLeft).toBeCloseTo(50);
  });

  it("never moves a bar back", () => {
    const state = new ReportState(init, 0);
    state.hear({ type: "works", works: [kernel], ready: [] }, 0);
    state.hear({ type: "step", machine: "linux", step: "kernel" }, 0);
    state.hear({ type: "count", counted: { done: 0 } }, 0);
    state.hear({ type: "count", counted: { done: 500 } }, 10);
    const before = machines(state, 10).linux;
    expect(before).toMatchObject({ fraction: 0.5, secondsLeft: 10 });
    expect(machines(state, 60).linux).toMatchObject({ fraction: 0.5, secondsLeft: 60 });
  });

  it("says what stopped it, and where", () => {
    const state = new ReportState(init, 0);
    state.hear({ type: "step", machine: "linux", step: "kernel" }, 0);
    state.hear({ type: "failed", trouble: "disk-full", reason: "cc1" }, 1);
    expect(state.file(2, 0)).toMatchObject({
      state: "failed",
      machine: "linux",
      step: "kernel",
      trouble: "disk-full",
      reason: "cc1",
    });
  });

  it("names the build that it waits for, until it begins", () => {
    const state = new ReportState(init, 0);
    state.hear({ type: "waits", pid: 99 }, 0);
    expect(state.file(1, 0)).toMatchObject({ step: "waiting", waitsFor: 99 });
    state.hear({ type: "step", machine: null, step: "preparing" }, 5);
    expect(state.file(6, 0)).toMatchObject({ step: "preparing", waitsFor: null });
  });
});
