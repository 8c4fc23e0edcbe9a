import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { importsOf, modulesOf, scriptsOf } from "../../tools/guest/imports.ts";
import { ROOT } from "../../tools/lib/paths.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A repository of these files. */
function repository(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "imports-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe("what a module imports", () => {
  it.each([
    ['import { a } from "./a.ts";', ["./a.ts"]],
    ['import { type A, a } from "./a.ts";', ["./a.ts"]],
    ['import "./a.ts";', ["./a.ts"]],
    ['export { a } from "./a.ts";', ["./a.ts"]],
    ['export * from "./a.ts";', ["./a.ts"]],
    ['const f = async () => (await import("./a.ts")).a;', ["./a.ts"]],
    ['import type { A } from "./a.ts";', []],
    ['export type { A } from "./a.ts";', []],
    ["const text = 'import { a } from \"./a.ts\"';", []],
  ])("%s", (text, expected) => {
    expect(importsOf(text)).toEqual(expected);
  });
});

describe("the modules that run when one does", () => {
  it("are all that it reaches, each once, around circles", () => {
    const root = repository({
      "tools/a.ts": 'import { b } from "./lib/b.ts"; import "node:fs"; import "zod";',
      "tools/lib/b.ts": 'import "../../src/c.ts"; import "../a.ts";',
      "src/c.ts": 'import type { D } from "./d.ts";',
    });
    expect(modulesOf(root, ["tools/a.ts"])).toEqual(["src/c.ts", "tools/a.ts", "tools/lib/b.ts"]);
  });

  it("have all that decides a snapshot among them", () => {
    const modules = modulesOf(ROOT, ["tools/guest/snapshot.ts"]);
    const found = ["agent", "agent-protocol", "emulator", "frozen", "machine", "node", "parts"];
    for (const name of found) expect(modules).toContain(`src/machine/${name}.ts`);
    for (const path of modules) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});

describe("the scripts that decide what is built", () => {
  it("are those of a machine, without the ones that only talk, fetch and plan", () => {
    const names = "boot collect compiled cpio elf kernel libraries program rootfs store";
    expect(scriptsOf(ROOT, ["boot", "compiled", "rootfs", "store"])).toEqual(
      names.split(" ").map((name) => `tools/guest/${name}.ts`),
    );
  });
});
