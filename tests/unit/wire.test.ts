import { describe, expect, it } from "vitest";
import { ExperimentRun } from "../../src/lab/run.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
import type { MachineStatus } from "../../src/machine/protocol.ts";
import { Wire } from "../../src/machine/wire.ts";
import { IdlePort } from "./fixtures/idle-port.ts";

/** A machine whose card sends what it is told to, and remembers what it received. */
class Card extends IdlePort {
  readonly received: number[] = [];
  attached = false;

  readonly id: string;
  status: MachineStatus = { state: "idle", poweredOff: false };

  constructor(id: string) {
    super();
    this.id = id;
  }

  override input(): void {}

  override wire(attached = false): void {
    this.attached = attached;
  }

  override frame(data: Uint8Array = new Uint8Array()): void {
    this.received.push(...data);
  }

  sends(byte: number): void {
    this.tell({ type: "frame", data: Uint8Array.of(byte) });
  }
}

const said = { zh: "话", en: "words" };
const terminal = (machine: string) => ({ machine, port: 0, label: said });
const definition = {
  title: said,
  intent: said,
  claims: ["own-net"],
  wire: ["a", "b"],
  terminals: { one: terminal("a"), two: terminal("b") },
  steps: [{ id: "first", at: "one", run: "x", explain: said, capture: { "a.one": "(1)" } }],
  findings: [{ that: "a.one == 1", because: said }],
};

describe("a wire", () => {
  it("carries frames both ways until it is pulled out", () => {
    const [a, b] = [new Card("a"), new Card("b")];
    const wire = new Wire(a, b);
    a.sends(1);
    b.sends(2);
    expect([a.received, b.received]).toEqual([[2], [1]]);
    wire.dispose();
    wire.dispose();
    a.sends(3);
    expect(b.received).toEqual([1]);
    expect([a.attached, b.attached]).toEqual([false, false]);
  });

  it("takes the place of another in the same card: no frame arrives twice", () => {
    const [a, b, c] = [new Card("a"), new Card("b"), new Card("c")];
    const first = new Wire(a, b);
    new Wire(a, c);
    a.sends(1);
    expect([b.received, c.received]).toEqual([[], [1]]);
    expect([a.attached, b.attached, c.attached]).toEqual([true, false, true]);
    // That the first one is pulled out again is nothing to the second.
    first.dispose();
    expect(a.attached).toBe(true);
  });

  it("is there while an experiment that has one runs", () => {
    const [a, b] = [new Card("a"), new Card("b")];
    const experiment = experimentSchema.parse(definition);
    const shells = { one: new Shell(a, 0), two: new Shell(b, 0) };
    const run = new ExperimentRun("x", experiment, shells, { typingMs: 0 });
    a.sends(1);
    expect(b.received).toEqual([1]);
    run.end();
    expect([a.attached, b.attached]).toEqual([false, false]);
  });

  it("is refused between machines that have no terminal", () => {
    const wrong = { ...definition, wire: ["a", "c"] };
    const issues = experimentSchema.safeParse(wrong).error?.issues;
    expect(issues).toMatchObject([
      { path: ["wire", 1], message: 'no terminal is on machine "c"; there are: a, b' },
    ]);
  });
});
