import { describe, expect, it } from "vitest";
import { heavyLoad } from "../../src/components/lab/heavy.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";

const facts = {
  small: { title: "small", bytes: 3_500_000, memoryMiB: 128, restorable: true },
  large: { title: "large", bytes: 22_000_000, memoryMiB: 256, restorable: true },
};
const machine = (id: string, state = "idle") => ({
  port: { id, status: { state } } as unknown as MachinePort,
});
const device = (touch: boolean, connection = {}) => ({
  matchMedia: () => ({ matches: touch }),
  navigator: { connection },
});

describe("what the reader is asked before a start", () => {
  it("is nothing on a computer whose connection counts no bytes", () => {
    expect(heavyLoad([machine("large")], facts, device(false))).toBeUndefined();
  });

  it("is how much a large machine takes, on a phone and where bytes are dear", () => {
    const load = { bytes: 22_000_000, memoryMiB: 256 };
    for (const here of [
      device(true),
      device(false, { saveData: true }),
      device(false, { type: "cellular" }),
    ])
      expect(heavyLoad([machine("large")], facts, here)).toEqual(load);
  });

  it("is nothing for what is small, or on already", () => {
    const phone = device(true);
    expect(heavyLoad([machine("small")], facts, phone)).toBeUndefined();
    expect(heavyLoad([machine("large", "ready")], facts, phone)).toBeUndefined();
    expect(heavyLoad([machine("small"), machine("large", "failed")], facts, phone)?.bytes).toBe(
      25_500_000,
    );
  });
});
