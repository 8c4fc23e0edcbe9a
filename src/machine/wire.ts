import type { MachinePort } from "./protocol.ts";

/**
 * An Ethernet cable between two machines: what one sends, the other receives, whole and in order.
 * As with a real one, frames to a machine that is off or not listening are lost. Both machines need
 * a network card (`mac` in {@link MachineOptions}).
 */
export class Wire {
  readonly #ends: readonly [MachinePort, MachinePort];
  readonly #unsubscribe: readonly (() => void)[];

  constructor(a: MachinePort, b: MachinePort) {
    this.#ends = [a, b];
    this.#unsubscribe = [carry(a, b), carry(b, a)];
    for (const end of this.#ends) end.wire(true);
  }

  /** Pulls the cable out of both machines, which go on. */
  dispose(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const end of this.#ends) end.wire(false);
  }
}

function carry(from: MachinePort, to: MachinePort): () => void {
  return from.subscribe((event) => {
    if (event.type === "frame") to.frame(event.data);
  });
}
