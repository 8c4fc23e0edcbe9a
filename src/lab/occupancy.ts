import type { MachinePort } from "../machine/protocol.ts";
import { LabError } from "./errors.ts";

const occupants = new WeakMap<MachinePort, string>();

/**
 * Takes machines for one run, so that no other types between its commands.
 * @param id  of the experiment, for whoever is refused
 * @returns what gives them back
 * @throws LabError `occupied` when a run has one of them already
 */
export function occupy(machines: Iterable<MachinePort>, id: string): () => void {
  const taken = [...new Set(machines)];
  for (const machine of taken) {
    const by = occupants.get(machine);
    if (by !== undefined)
      throw new LabError({ code: "occupied", params: { machine: machine.id, by } });
  }
  for (const machine of taken) occupants.set(machine, id);
  return () => {
    for (const machine of taken) occupants.delete(machine);
  };
}
