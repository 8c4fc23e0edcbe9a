import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { hotPages, translationLens } from "../../../src/lab/instruments/translation-lens.ts";
import { type Lens, openLens } from "../../../src/lab/lens.ts";
import { Shell } from "../../../src/lab/shell.ts";
import { manifestSchema } from "../../../src/machine/manifest.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachinePort, TranslatedPage, Translation } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** Bytes around the hottest instruction that are looked for in the guest's files. */
const AROUND = 32;
const HIGH_MEMORY = 0x10_0000;

let machine: MachinePort;
let shell: Shell;
let lens: Lens;
let pages: { page: TranslatedPage; translation: Translation }[];
const run = async (command: string) => (await shell.run(command, OPTIONS)).output;

beforeAll(async () => {
  machine = nodeMachine(rolesOf(translationLens).machine, GUEST);
  shell = new Shell(machine, 0);
  machine.watch(1000);
  [lens] = await Promise.all([openLens(), bringUp(machine)]);
  // All in busybox: its own code is the hottest there is.
  await run("dd if=/dev/zero bs=1M count=1 2>/dev/null | sha256sum");
  pages = [];
  for (const page of hotPages(await machine.query({ of: "translations" }))) {
    const translation = await machine.query({ of: "translation", address: page.address });
    if (translation) pages.push({ page, translation });
  }
});
afterAll(() => machine.destroy());

describe("hot pages of guest code", () => {
  it("are pages of a program's file, byte for byte", async () => {
    const [hottest] = pages;
    if (!hottest) throw new Error("no page is hot");
    const { page, translation } = hottest;
    const guest = Buffer.from(translation.guest);
    expect(guest.length).toBe(4096);
    // All files that the guest has at its start, one after the other, as the host stored them.
    const manifest = manifestSchema.parse(
      JSON.parse(await readFile(join(GUEST, "manifest.json"), "utf8")),
    );
    const files = manifest.machines[rolesOf(translationLens).machine]?.files;
    if (!files || !("initrd" in files)) throw new Error("the manifest's linux has files");
    const file = zstdDecompressSync(await readFile(join(GUEST, files.initrd.path)));
    const place = page.hottest - page.address;
    const around = guest.subarray(Math.max(0, place - AROUND), place + AROUND);
    const at = file.indexOf(around);
    expect(at).toBeGreaterThan(0);
    // It is there once, and the rest of the page is what the file has around it.
    expect(file.indexOf(around, at + 1)).toBe(-1);
    const from = at - Math.max(0, place - AROUND);
    expect(guest.equals(file.subarray(from, from + guest.length))).toBe(true);
  });

  it("became valid WebAssembly, which reads as text", async () => {
    for (const { translation } of pages) {
      const module = Uint8Array.from(translation.module);
      expect(WebAssembly.validate(module)).toBe(true);
      const text = lens.wat(module);
      expect(text.startsWith("(module")).toBe(true);
      const imports = WebAssembly.Module.imports(await WebAssembly.compile(module));
      for (const { name } of imports) expect(text).toContain(`"${name}"`);
    }
  });

  it("show code around the hottest address, and say what its block became", () => {
    const views = pages.map(({ page, translation }) => ({
      page,
      view: lens.look(page, translation),
    }));
    for (const { page, view } of views) {
      expect(view.guest.some(({ address }) => address === page.hottest)).toBe(true);
      expect(view.bits).toBe(page.address < HIGH_MEMORY ? 16 : 32);
      expect(view.moduleBytes).toBe(page.moduleBytes);
      expect(view.wat.length).toBeGreaterThan(0);
    }
    const blocks = views.flatMap(({ page, view }) => (view.block ? [{ page, view }] : []));
    // A block that never touches memory cannot be told from others; most do.
    expect(blocks.length).toBeGreaterThanOrEqual(views.length / 2);
    for (const { page, view } of blocks) {
      expect(view.guest[view.block?.from ?? -1]?.address).toBe(page.hottest);
      // That is how each block begins: it counts its own instructions.
      expect(view.wat.slice(0, 4)).toEqual([
        expect.stringMatching(/^local\.get \d+$/),
        `i32.const ${view.block?.guestInstructions}`,
        "i32.add",
        expect.stringMatching(/^local\.set \d+$/),
      ]);
    }
  });
});
