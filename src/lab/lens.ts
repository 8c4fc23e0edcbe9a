import type { TranslatedPage, Translation } from "../machine/protocol.ts";
import type { LensView } from "./instruments/translation-lens.ts";
import { findBlock, type GuestLine, wasmInstructions } from "./lens-block.ts";

/** Guest instructions shown before and after the block. */
const CONTEXT = 8;
/** Guest instructions shown after the hottest one, when its block is not known. */
const CONTEXT_UNKNOWN = 16;
/** Lines of WebAssembly shown; a block of a few instructions has this many and more. */
const MOST_LINES = 60;
/** Code below the first mebibyte is taken for real mode's. */
const HIGH_MEMORY = 0x10_0000;
/** x86 instructions are at most 15 bytes: one of the first starts falls in step, if any does. */
const STARTS = 16;

/** Shows code as people write it: x86 by Capstone, WebAssembly by wabt. */
export interface Lens {
  /** @param page  whose `hottest` is where to look */
  look(page: TranslatedPage, translation: Translation): LensView;
  disassemble(code: Uint8Array, address: number, bits: 16 | 32): GuestLine[];
  wat(module: Uint8Array): string;
}

/**
 * Loads both tools, some 4 MB, and so only where they are used.
 * @param capstoneUrl  address of `capstone.wasm`, for a browser; Node finds it in the package
 */
export async function openLens(capstoneUrl?: string): Promise<Lens> {
  const [{ default: loadCapstone }, { default: loadWabt }] = await Promise.all([
    import("@alexaltea/capstone-js"),
    import("wabt"),
  ]);
  const [capstone, wabt] = await Promise.all([
    loadCapstone(capstoneUrl === undefined ? {} : { locateFile: () => capstoneUrl }),
    loadWabt(),
  ]);
  const disassemblers = {
    16: new capstone.Capstone(capstone.ARCH_X86, capstone.MODE_16),
    32: new capstone.Capstone(capstone.ARCH_X86, capstone.MODE_32),
  };
  // Data between functions becomes `.byte`, rather than the end of what is decoded.
  for (const each of Object.values(disassemblers))
    each.option(capstone.OPT_SKIPDATA, capstone.OPT_ON);

  const disassemble = (code: Uint8Array, address: number, bits: 16 | 32): GuestLine[] =>
    disassemblers[bits].disasm(code, address).map((instruction) => ({
      address: Number(instruction.address),
      bytes: Array.from(instruction.bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
      text: `${instruction.mnemonic} ${instruction.op_str}`.trim(),
    }));
  const wat = (bytes: Uint8Array): string => {
    // wabt takes the whole buffer that a view is of.
    const module = wabt.readWasm(bytes.slice(), {});
    try {
      return module.toText({ foldExprs: false, inlineExport: false });
    } finally {
      module.destroy();
    }
  };
  return {
    disassemble,
    wat,
    look({ address, hottest }, { guest, module }) {
      const bits = address < HIGH_MEMORY ? 16 : 32;
      const code = inStep(hottest, { address, guest }, (bytes, start) =>
        disassemble(bytes, start, bits),
      );
      const at = code.findIndex((line) => line.address === hottest);
      const text = wat(module).split("\n");
      const block = findBlock(text, code.slice(at));
      const lines = block?.lines ?? text;
      const shown = block?.guestInstructions ?? 0;
      const first = Math.max(0, at - CONTEXT);
      return {
        bits,
        guest: code.slice(first, at + (shown ? shown + CONTEXT : CONTEXT_UNKNOWN)),
        block: block && {
          from: at - first,
          guestInstructions: shown,
          wasmInstructions: wasmInstructions(block.lines),
        },
        wat: lines.slice(0, MOST_LINES),
        moreLines: Math.max(0, lines.length - MOST_LINES),
        moduleBytes: module.length,
        pageBytes: guest.length,
      };
    },
  };
}

/**
 * x86 cannot be read backwards, so a page is read from its start, or a few bytes later, until an
 * instruction begins at an address where one is known to begin; from there alone if none does.
 */
function inStep(
  known: number,
  page: { address: number; guest: Uint8Array },
  read: (code: Uint8Array, address: number) => GuestLine[],
): GuestLine[] {
  const place = known - page.address;
  for (let from = 0; from < Math.min(STARTS, place); from++) {
    const code = read(page.guest.subarray(from), page.address + from);
    if (code.some(({ address }) => address === known)) return code;
  }
  return read(page.guest.subarray(place), known);
}
