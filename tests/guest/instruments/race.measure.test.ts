import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { CONTAINER } from "../../../src/lab/instruments/instrument.ts";
import {
  type Contestant,
  type RaceData,
  race,
  runContestant,
} from "../../../src/lab/instruments/race.ts";
import { Shell } from "../../../src/lab/shell.ts";
import { AgentChannel } from "../../../src/machine/agent.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachinePort } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { median } from "../../../tools/bench/bench.ts";
import { instructionsOf } from "../../../tools/bench/machines.ts";
import { GUEST, INSTRUMENTS } from "../../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 120 };
/** Two measurements of the same thing on a machine whose clock ticks meanwhile. */
const AGREE = 0.2;

const machines: MachinePort[] = [];

async function ground(terminal: number) {
  const port = nodeMachine(rolesOf(race).machine, GUEST);
  machines.push(port);
  const subject = { port, shell: new Shell(port, terminal), agent: new AgentChannel(port) };
  await bringUp(port);
  return subject;
}

/** The same by the bench's means, on a machine and a terminal of its own. */
async function measured(): Promise<Partial<Record<Contestant, number>>> {
  const { port, shell, agent } = await ground(0);
  const { status } = port;
  if (status.state !== "ready") throw new Error(`${port.id} is ${status.state}`);
  const run = (command: string) => shell.run(command, OPTIONS);
  const thrice = async (work: () => Promise<unknown>) => {
    await work();
    const values: number[] = [];
    while (values.length < 3) values.push(await instructionsOf(port, work));
    return median(values);
  };
  const beyondShell = async (command: string) =>
    (await thrice(() => run(command))) - (await thrice(() => run(`: ${command.slice(2)}`)));
  await run("mkdir -p /tmp/b/rootfs/bin && cd /tmp/b && crun spec");
  await run("cp /usr/bin/busybox rootfs/bin/echo");
  await run(`sed -i 's/"sh"/"echo", "hello"/; s/"terminal": true/"terminal": false/' config.json`);
  expect((await run("crun run c1")).output).toBe("hello");
  return {
    restored: status.boot.instructions,
    container: await beyondShell("crun run c1"),
    clone: await thrice(() => agent.spawn(1, CONTAINER)),
    process: await beyondShell("/usr/bin/busybox true"),
  };
}

let theirs: Partial<Record<Contestant, number>>;
let recorded: RaceData;

beforeAll(async () => {
  theirs = await measured();
  const recording = JSON.parse(await readFile(join(INSTRUMENTS, `${race.id}.json`), "utf8"));
  recorded = race.schema.parse(recording.data);
});

afterAll(() => {
  for (const machine of machines) machine.destroy();
});

describe("the race", () => {
  it("runs each contestant for what another measurement finds, and the recording has", async () => {
    const subject = await ground(2);
    const { agent, port } = subject;
    for (const id of ["restored", "container", "clone", "process"] as const) {
      const counts: boolean[] = [];
      const { instructions, seconds } = await runContestant(id, {
        ...subject,
        trying: (since) => counts.push(since !== undefined),
      });
      const other = theirs[id] ?? Number.NaN;
      expect(Math.abs(instructions / other - 1), `${id}: ${instructions}, ${other}`).toBeLessThan(
        AGREE,
      );
      expect(Math.abs(recorded[id].instructions / other - 1), `${id}, recorded`).toBeLessThan(
        AGREE,
      );
      expect(seconds).toBeGreaterThanOrEqual(0);
      // Each try that counts is told when it begins and when it ends.
      expect(counts.filter((_, index) => index % 2 === 0).every(Boolean)).toBe(true);
      expect(counts.at(-1)).toBe(false);
    }
    expect(port.status.state).toBe("ready");
    expect((await agent.killAll()).value).toBe(0);
  });

  it("stops with an error that says so when the machine goes away", async () => {
    const subject = await ground(2);
    const run = runContestant("container", subject);
    subject.port.reset();
    await expect(run).rejects.toMatchObject({ name: "LabError" });
  });

  it("has recorded a ranking that the book's argument rests on", () => {
    const { distribution, cold, restored, container, clone } = recorded;
    expect(distribution.instructions).toBeGreaterThan(100 * cold.instructions);
    expect(container.instructions).toBeLessThan(cold.instructions);
    expect(restored.instructions).toBeLessThan(container.instructions);
    expect(clone.instructions).toBeLessThan(restored.instructions);
  });
});
