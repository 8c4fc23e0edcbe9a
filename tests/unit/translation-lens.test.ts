import { beforeAll, describe, expect, it } from "vitest";
import { hotPages, warmedMost } from "../../src/lab/instruments/translation-lens.ts";
import { type Lens, openLens } from "../../src/lab/lens.ts";
import { findBlock, wasmInstructions } from "../../src/lab/lens-block.ts";

let lens: Lens;
beforeAll(async () => {
  lens = await openLens();
});

const page = (address: number, samples: number) => ({
  address,
  samples,
  times: 1,
  moduleBytes: 8,
  hottest: address,
});

/** The smallest module there is: magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

describe("x86 code", () => {
  // Intel SDM vol. 2: 8B /r, 0F B6 /r, 74 cb, C3.
  const CODE = Uint8Array.of(0x8b, 0x44, 0x24, 0x04, 0x0f, 0xb6, 0x02, 0x74, 0xfe, 0xc3);

  it("reads as the instructions that Intel's manual has for it", () => {
    expect(lens.disassemble(CODE, 0x1000, 32)).toEqual([
      { address: 0x1000, bytes: "8b 44 24 04", text: "mov eax, dword ptr [esp + 4]" },
      { address: 0x1004, bytes: "0f b6 02", text: "movzx eax, byte ptr [edx]" },
      { address: 0x1007, bytes: "74 fe", text: "je 0x1007" },
      { address: 0x1009, bytes: "c3", text: "ret" },
    ]);
  });

  it("is other code in real mode", () => {
    const [first] = lens.disassemble(Uint8Array.of(0xb8, 0x34, 0x12, 0xc3), 0x7c00, 16);
    expect(first).toEqual({ address: 0x7c00, bytes: "b8 34 12", text: "mov ax, 0x1234" });
  });

  it("goes on after bytes that are no instruction", () => {
    const code = lens.disassemble(Uint8Array.of(0x62, 0xc0, 0xc3), 0, 32);
    expect(code.at(-1)).toMatchObject({ address: 2, text: "ret" });
  });

  it("is read in step with the instruction that was sampled", () => {
    const guest = new Uint8Array(4096).fill(0x90);
    // A `mov eax, imm32` whose last byte would be taken for the beginning of one from the start.
    guest.set([0xb8, 0x90, 0x90, 0x90, 0x90, 0xc3], 0);
    const translation = { guest, module: EMPTY_MODULE };
    const at = (hottest: number) =>
      lens.look({ ...page(0x200000, 1), hottest: 0x200000 + hottest }, translation);
    expect(
      at(5)
        .guest.map(({ text }) => text)
        .slice(0, 3),
    ).toEqual(["mov eax, 0x90909090", "ret", "nop"]);
    expect(at(3).guest[0]).toMatchObject({ address: 0x200001, text: "nop" });
    expect(at(4095).guest.at(-1)).toMatchObject({ address: 0x200fff, text: "nop" });
    expect(at(5)).toMatchObject({ wat: ["(module)", ""], moreLines: 0, block: undefined });
  });
});

describe("a block in a module's text", () => {
  const block = (count: number, ...places: number[]) => [
    "      local.get 9",
    `      i32.const ${count}`,
    "      i32.add",
    "      local.set 9",
    ...places.flatMap((place) => [
      "      block  ;; label = @4",
      "        br_if 0 (;@4;)",
      "        local.get 10",
      `        i32.const ${place}`,
      "        call 0",
      "      end",
    ]),
  ];
  const wat = (...blocks: string[][]) => [
    '  (import "e" "safe_read32s_slow_jit" (func (;0;) (type 7)))',
    "    local.get 9",
    "    i32.const 100003",
    "    i32.ge_u",
    "    br_if 2 (;@1;)",
    ...blocks.flatMap((lines) => [...lines, "    end", "    block  ;; label = @3"]),
  ];
  const guest = [
    { address: 0x5010, bytes: "", text: "mov eax, dword ptr [ecx]" },
    { address: 0x5012, bytes: "", text: "push eax" },
    { address: 0x5013, bytes: "", text: "lea eax, dword ptr [ecx]" },
    { address: 0x5016, bytes: "", text: "je 0x5000" },
  ];

  it("is the one that names its instructions' places, without what is around it", () => {
    const mine = block(4, 0x010, 0x012);
    const found = findBlock(wat(block(2, 0x020), mine, block(1, 0xfff)), guest);
    expect(found).toEqual({ guestInstructions: 4, lines: mine.map((line) => line.slice(6)) });
    expect(wasmInstructions(found?.lines ?? [])).toBe(mine.length - 2);
  });

  it("is not found when two fit as well, when it names none, or when it goes on too far", () => {
    expect(findBlock(wat(block(1, 0x010), block(1, 0x010)), guest)).toBeUndefined();
    expect(findBlock(wat(block(4)), guest)).toBeUndefined();
    expect(findBlock(wat(block(9, 0x010)), guest)).toBeUndefined();
    expect(findBlock(["(module)"], guest)).toBeUndefined();
  });
});

describe("hot pages", () => {
  it("are those in which the CPU was found", () => {
    const pages = [page(0x3000, 5), page(0x1000, 1), page(0x2000, 0)];
    expect(hotPages(pages).map(({ address }) => address)).toEqual([0x3000, 0x1000]);
  });

  it("are told from those that were hot before", () => {
    const before = [page(0x1000, 900), page(0x2000, 3)];
    expect(warmedMost(before, [page(0x1000, 901), page(0x2000, 40)])?.address).toBe(0x2000);
    expect(warmedMost(before, before)).toBeUndefined();
  });
});
