import { describe, expect, it } from "vitest";
import { packFrozen, stretchesOf, unpackFrozen } from "../../src/machine/frozen.ts";

const PAGE = 4096;

function memoryWith(pages: number, ...written: number[]): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(pages * PAGE);
  for (const page of written) memory[page * PAGE + (page % PAGE)] = page + 1;
  return memory;
}

describe("stretchesOf", () => {
  it("leaves pages of zeros out and joins neighbours", () => {
    const stretches = stretchesOf(memoryWith(9, 0, 1, 4, 8));
    expect(
      stretches.map(({ address, content }) => [address / PAGE, content.length / PAGE]),
    ).toEqual([
      [0, 2],
      [4, 1],
      [8, 1],
    ]);
  });

  it("finds nothing in clear memory", () => {
    expect(stretchesOf(memoryWith(3))).toEqual([]);
  });
});

describe("a machine at rest", () => {
  const state = Uint8Array.of(1, 2, 3, 4, 5);

  it("comes back as it was stored", () => {
    const before = memoryWith(6, 1, 2, 5);
    const { memory, ...rest } = unpackFrozen(packFrozen({ state, memory: stretchesOf(before) }));
    expect(rest.state).toEqual(state);
    const after = new Uint8Array(before.length);
    for (const { address, content } of memory) after.set(content, address);
    expect(after).toEqual(before);
  });

  it("is refused when it was cut", () => {
    const packed = packFrozen({ state, memory: stretchesOf(memoryWith(2, 1)) });
    expect(() => unpackFrozen(packed.slice(0, -1))).toThrow("not as long as it says");
  });
});
