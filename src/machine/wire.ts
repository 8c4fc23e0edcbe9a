import type { MachinePort } from "./protocol.ts";

/** The wire in each machine's card, which has one socket. */
const plugged = new WeakMap<MachinePort, Wire>();

/**
 * An Ethernet cable between two machines: what one sends, the other receives, whole and in order.
 * As with a real one, frames to a machine that is off or not listening are lost. Both machines need
 * a network card (`mac` in their recipes), and not the same address.
 */
export class Wire {
  readonly #ends: readonly [MachinePort, MachinePort];
  readonly #unsubscribe: readonly (() => void)[];

  /** Takes the place of whatever wire is in one of the cards. */
  constructor(a: MachinePort, b: MachinePort) {
    this.#ends = [a, b];
    for (const end of this.#ends) {
      plugged.get(end)?.dispose();
      plugged.set(end, this);
    }
    this.#unsubscribe = [carry(a, b), carry(b, a)];
    for (const end of this.#ends) end.wire(true);
  }

  /** Pulls the cable out of both machines, which go on. The second call does nothing. */
  dispose(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const end of this.#ends) {
      if (plugged.get(end) !== this) continue;
      plugged.delete(end);
      end.wire(false);
    }
  }
}

function carry(from: MachinePort, to: MachinePort): () => void {
  return from.subscribe((event) => {
    if (event.type === "frame") to.frame(event.data);
  });
}
