import { expect } from "vitest";
import type { MachinePort, MachineState, MachineStatus } from "../../src/machine/protocol.ts";

/** How long the guest may take to come to something, on a busy computer. */
export const PATIENCE = { timeout: 60_000 };

/** Waits until the machine is in a state, and gives its status then. */
export function reach<S extends MachineState>(machine: MachinePort, state: S) {
  type Reached = Extract<MachineStatus, { state: S }>;
  return new Promise<Reached>((resolve) => {
    const stop = machine.subscribe((event) => {
      if (event.type !== "status" || event.status.state !== state) return;
      stop();
      resolve(event.status as Reached);
    });
  });
}

/** Waits until the machine has run for so many seconds more: what it is given to measure something in. */
export async function runsFor(machine: MachinePort, seconds: number): Promise<void> {
  const running = async () => (await machine.measure()).seconds;
  const end = (await running()) + seconds;
  await expect.poll(running, PATIENCE).toBeGreaterThanOrEqual(end);
}
