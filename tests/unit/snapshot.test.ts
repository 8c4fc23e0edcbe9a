import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AGENT_PORT } from "../../src/machine/agent-protocol.ts";
import type { MachineStatus } from "../../src/machine/protocol.ts";
import { type Freezing, freeze, type Unrest } from "../../src/machine/snapshot.ts";
import { IdlePort } from "./fixtures/idle-port.ts";

/** A machine whose agent is the test. */
class FakePort extends IdlePort {
  readonly id = "fake";
  status: MachineStatus = {
    state: "ready",
    boot: { from: "power-on", instructions: 0, seconds: 0, milestones: [] },
  };
  #asked = 0;

  input(_terminal: number, data: string | Uint8Array) {
    this.#asked = JSON.parse(String(data)).id;
  }

  say(...lines: object[]) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const data = new TextEncoder().encode(text);
    this.tell({ type: "output", terminal: AGENT_PORT, data });
  }

  answer() {
    this.say({ id: this.#asked, done: { records: 0, beganNs: 1, endedNs: 2 } });
  }

  end() {
    this.say({ id: 0, ended: { exit: 0 } });
  }
}

/** What a machine is doing at each look at it, the last for ever. */
class FakeMachine implements Freezing {
  running = true;
  readonly #unrest: Unrest[];
  #instructions = 0;
  readonly #perRun: number;

  constructor(unrest: Unrest[], perRun = 1e6) {
    this.#unrest = unrest;
    this.#perRun = perRun;
  }

  async run() {
    this.running = true;
    this.#instructions += this.#perRun;
  }

  async stop() {
    this.running = false;
  }

  unrest(): Unrest {
    return this.#unrest.length > 1 ? this.#unrest.shift() : this.#unrest[0];
  }

  instructions() {
    return this.#instructions;
  }

  lastLines() {
    return ["Out of memory: Killed process 21 (agent)"];
  }
}

const outcome = (frozen: Promise<void>) =>
  frozen.then(
    () => "frozen",
    (thrown: Error) => thrown.message,
  );

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  // The agent's channel sees at its next tick that nobody waits any more.
  await vi.advanceTimersByTimeAsync(100);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("freeze", () => {
  it("stops the machine only after init's word, and while nothing goes on in it", async () => {
    const port = new FakePort();
    const machine = new FakeMachine(["processor", "share", "input", undefined]);
    const frozen = outcome(freeze(port, machine));
    port.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(machine.running).toBe(true);
    port.end();
    await vi.advanceTimersByTimeAsync(500);
    expect(await frozen).toBe("frozen");
    expect(machine.running).toBe(false);
  });

  it("waits as long as the guest is at work", async () => {
    const port = new FakePort();
    const frozen = outcome(freeze(port, new FakeMachine(["processor"])));
    await vi.advanceTimersByTimeAsync(300_000);
    port.say({ id: 0, ended: { signal: 9 } });
    expect(await frozen).toBe(
      "its agent ended before it was ready (signal 9). The machine said last:\n" +
        "  Out of memory: Killed process 21 (agent)",
    );
  });

  it("gives up on a guest that has nothing to do and does not answer", async () => {
    const port = new FakePort();
    const frozen = outcome(freeze(port, new FakeMachine([undefined])));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await frozen).toContain("its agent does not answer and is not at work. ");
  });

  it.each([
    ["processor", 1e6, "programs are running in it"],
    ["share", 0, "it waits for a shared file"],
    ["input", 0, "it does not take what was typed"],
  ] as const)("refuses a guest that never comes to rest: %s", async (unrest, perRun, why) => {
    const port = new FakePort();
    const machine = new FakeMachine([unrest], perRun);
    const frozen = outcome(freeze(port, machine));
    port.answer();
    port.end();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await frozen).toContain(`it does not come to rest: ${why}. `);
    expect(machine.running).toBe(true);
  });

  it("tells that the machine stopped meanwhile", async () => {
    const port = new FakePort();
    const frozen = outcome(freeze(port, new FakeMachine(["processor"])));
    port.status = { state: "crashed", cause: "panic", lastLines: [] };
    port.tell({ type: "status", status: port.status });
    expect(await frozen).toContain("interrupted");
  });
});
