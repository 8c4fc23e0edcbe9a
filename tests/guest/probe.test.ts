import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceId } from "../../src/machine/devices.ts";
import type { Reading } from "../../src/machine/protocol.ts";
import { READING_MS, type Watched, watched } from "./instruments/watched.ts";
import { runsFor } from "./waits.ts";

/** Bytes written to the serial port, each of which the emulator gets on its own. */
const BYTES = 1000;
const TO_SERIAL = `head -c ${BYTES} /dev/zero > /dev/ttyS0`;
const PAGE_BYTES = 4096;

let machine: Watched;

beforeAll(async () => {
  machine = await watched("linux", { cold: true });
});

afterAll(() => machine.port.destroy());

function accesses({ traps }: Reading, id: DeviceId): number {
  const found = traps.find(({ device }) => device === id);
  return found ? found.reads + found.writes : 0;
}

/** An update of v86 that moves what the probe reads fails here. */
describe("the probe, after a cold boot", () => {
  it("has heard from the devices", async () => {
    const reading = await machine.reading();
    for (const id of ["serial", "virtio-console", "timer", "pci"] as const)
      expect(accesses(reading, id), id).toBeGreaterThan(0);
    // Firmware and kernel reach for hardly anything that the table does not know.
    expect(accesses(reading, "other")).toBeLessThan(100);
  });

  it("knows in which ring instructions ran", async () => {
    const { cpu, instructions } = await machine.reading();
    expect(cpu.userInstructions).toBeGreaterThan(0);
    expect(cpu.kernelInstructions).toBeGreaterThan(0);
    const seen = cpu.userInstructions + cpu.kernelInstructions;
    expect(seen / instructions).toBeGreaterThan(0.9);
    expect(seen / instructions).toBeLessThanOrEqual(1);
  });

  it("has passed the milestones in their order", async () => {
    const { milestones } = await machine.reading();
    expect(milestones.map(({ id }) => id)).toEqual([
      "loaded",
      "protected",
      "paging",
      "output",
      "init",
      "prompt",
    ]);
  });

  it("has the translations, which are WebAssembly, beside the code they are of", async () => {
    await machine.run("i=0; while ((i++ < 10000)); do :; done");
    const { translations } = await machine.reading();
    expect(translations.modules).toBeGreaterThan(0);
    const pages = await machine.port.query({ of: "translations" });
    const [most] = pages;
    expect(most?.samples).toBeGreaterThan(0);
    for (const { address, hottest, moduleBytes } of pages) {
      expect(address % PAGE_BYTES).toBe(0);
      expect(hottest - (hottest % PAGE_BYTES)).toBe(address);
      const translation = await machine.port.query({ of: "translation", address });
      expect(translation?.guest.length).toBe(PAGE_BYTES);
      expect(translation?.module.length).toBe(moduleBytes);
      expect(WebAssembly.validate(translation?.module as Uint8Array<ArrayBuffer>)).toBe(true);
    }
  });

  it("counts and tells nothing while nobody watches", async () => {
    const before = await machine.reading();
    machine.port.watch(0);
    const told = machine.readings.length;
    await machine.run(TO_SERIAL);
    await runsFor(machine.port, (5 * READING_MS) / 1000);
    expect(machine.readings.length).toBe(told);
    machine.port.watch(READING_MS);
    const after = await machine.reading();
    expect(accesses(after, "serial") - accesses(before, "serial")).toBeLessThan(BYTES / 10);
    await machine.run(TO_SERIAL);
    const again = await machine.reading();
    expect(accesses(again, "serial") - accesses(after, "serial")).toBeGreaterThanOrEqual(BYTES);
  });
});
