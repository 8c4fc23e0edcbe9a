import { afterAll, beforeAll, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import {
  endContainers,
  memoryLedger,
  returnedShare,
  startContainers,
  usedBytes,
} from "../../../src/lab/instruments/memory-ledger.ts";
import { Shell } from "../../../src/lab/shell.ts";
import { AgentChannel } from "../../../src/machine/agent.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachinePort } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { readGuestManifest } from "../../../tools/lib/node-lab.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

/** So many that what MemAvailable does not count of freed pages is small beside them. */
const COUNT = 1000;
/** Around the bench's density.bytes-per-container: some 44,000. */
const FEWEST_BYTES = 30_000;
const MOST_BYTES = 60_000;
const SAME_WITHIN = 0.15;
const RETURNED = 0.8;
const { machine: ID } = rolesOf(memoryLedger);
const MIB = 2 ** 20;

let machine: MachinePort;
let shell: Shell;
let agent: AgentChannel;

beforeAll(async () => {
  machine = nodeMachine(ID, GUEST);
  shell = new Shell(machine, 0);
  agent = new AgentChannel(machine);
  await bringUp(machine);
});
afterAll(() => machine.destroy());

/** The guest's own figure, in bytes. */
async function memAvailable(): Promise<number> {
  const options = { typingMs: 0, limitSeconds: 60 };
  const { output } = await shell.run("grep MemAvailable /proc/meminfo", options);
  return 1024 * Number(output.replaceAll(/\D/g, ""));
}

it("measures what the guest itself says, and what is given back", async () => {
  const host = { agent, port: machine };
  const idle = await machine.query({ of: "memory" });
  const given = (await readGuestManifest(GUEST)).machines[ID]?.memoryMiB ?? Number.NaN;
  expect(idle.size).toBe(given * MIB);
  expect(idle.touched).toBeGreaterThan(0);
  expect(idle.touched).toBeLessThan(idle.size);

  // The first command and the first container make the kernel keep things that stay.
  await memAvailable();
  await agent.spawn(1, []);
  await endContainers(host);
  const before = await memAvailable();
  const row = await startContainers(host, COUNT);
  const own = before - (await memAvailable());
  expect(row).toMatchObject({ asked: COUNT, started: COUNT });
  expect(usedBytes(row) / COUNT).toBeGreaterThan(FEWEST_BYTES);
  expect(usedBytes(row) / COUNT).toBeLessThan(MOST_BYTES);
  expect(Math.abs(usedBytes(row) / own - 1)).toBeLessThan(SAME_WITHIN);
  expect(row.touched).toBeGreaterThanOrEqual(idle.touched);
  expect(row.touched).toBeLessThanOrEqual(idle.size);

  const ended = await endContainers(host);
  expect(returnedShare({ ...row, ended })).toBeGreaterThanOrEqual(RETURNED);
  expect(((await memAvailable()) - row.after) / own).toBeGreaterThanOrEqual(RETURNED);
});
