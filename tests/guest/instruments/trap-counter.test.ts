import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { QUIET_TERMINAL } from "../../../src/lab/instruments/instrument.ts";
import {
  addedSince,
  CONTAINER_SHELL,
  type Compared,
  compare,
  programIds,
  sumOf,
  trapCounter,
} from "../../../src/lab/instruments/trap-counter.ts";
import { Shell } from "../../../src/lab/shell.ts";
import type { DeviceTraps } from "../../../src/machine/protocol.ts";
import { type Watched, watched } from "./watched.ts";

const BYTES = 2000;
const TO_SERIAL = `/usr/bin/head -c ${BYTES} /dev/zero > /dev/ttyS0`;
/** A loop of the shell's own: no program is read from the file system. */
const LOOP = "i=0; while ((i++ < 5000)); do :; done";
/** What shows in any case: time passes, and the terminal echoes. */
const ANYWAY: DeviceTraps["device"][] = ["timer", "interrupts", "virtio-console"];
const LIMIT_SECONDS = 60;

let machine: Watched;

beforeAll(async () => {
  machine = await watched(rolesOf(trapCounter).machine);
});

afterAll(() => machine.port.destroy());

/** What a command adds to the counters. */
async function addedBy(command: string): Promise<DeviceTraps[]> {
  const before = await machine.reading();
  await machine.run(command);
  return addedSince(before.traps, (await machine.reading()).traps);
}

const serialIn = (traps: readonly DeviceTraps[]) =>
  traps.find(({ device }) => device === "serial") ?? { reads: 0, writes: 0 };

describe("the trap counter", () => {
  it("has every byte written to the serial port, and as many inside a container", async () => {
    const outside = serialIn(await addedBy(TO_SERIAL));
    await machine.run(CONTAINER_SHELL);
    const inside = serialIn(await addedBy(TO_SERIAL));
    await machine.run("exit");
    expect(outside.writes).toBeGreaterThanOrEqual(BYTES);
    expect(outside.writes).toBeLessThan(1.05 * BYTES);
    expect(inside.writes / outside.writes).toBeGreaterThan(0.95);
    expect(inside.writes / outside.writes).toBeLessThan(1.05);
  });

  it("has nothing of a loop but the time that passes and the terminal", async () => {
    const devices = (await addedBy(LOOP)).map(({ device }) => device);
    expect(devices.filter((device) => !ANYWAY.includes(device))).toEqual([]);
  });

  it("compares: a container costs none, and virtio hardly any", async () => {
    const shell = new Shell(machine.port, QUIET_TERMINAL);
    const compared: Compared[] = [];
    await compare(shell, (one) => compared.push(one), LIMIT_SECONDS);
    expect(compared.length).toBe(2 * programIds.length);
    /** Without the timer, which goes by time. */
    const costOf = (program: Compared["program"], where: Compared["where"]) =>
      sumOf(
        compared
          .filter((one) => one.program === program && one.where === where)
          .flatMap(({ traps }) => traps.filter(({ device }) => device !== "timer")),
      );
    for (const program of programIds)
      expect(
        Math.abs(costOf(program, "inside") - costOf(program, "outside")),
        program,
      ).toBeLessThanOrEqual(0.05 * costOf(program, "outside") + 3);
    for (const where of ["outside", "inside"] as const) {
      expect(costOf("serial", where) - costOf("nothing", where)).toBeGreaterThanOrEqual(1000);
      expect(costOf("virtio", where) - costOf("nothing", where)).toBeLessThan(20);
      expect(costOf("calls", where) - costOf("nothing", where)).toBeLessThan(20);
    }
  });
});
