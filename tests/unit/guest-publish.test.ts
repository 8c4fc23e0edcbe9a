import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILD_FILE } from "../../src/machine/build-progress.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { GuestBuildError } from "../../tools/guest/errors.ts";
import { DownloadError } from "../../tools/guest/mirror.ts";
import { inOrder } from "../../tools/guest/order.ts";
import { publishedMachines, publishManifest } from "../../tools/guest/publish.ts";
import { readMachines } from "../../tools/guest/recipe.ts";
import { sharedFiles } from "../../tools/guest/share.ts";
import { ShareWriter } from "../../tools/guest/share-writer.ts";
import { storeFile } from "../../tools/guest/store.ts";
import { troubleOf } from "../../tools/guest/trouble.ts";
import { MissingSystemPackagesError } from "../../tools/lib/system-packages.ts";
import { sampleMachine } from "./fixtures/published.ts";

const repository = join(import.meta.dirname, "../..");
let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), "guest-publish-"));
});
afterEach(() => rmSync(output, { recursive: true }));

const machine = (name: string) => sampleMachine(output, name);

function publishBoth(): Manifest {
  const wasm = storeFile(output, "engine", "v86", Buffer.from("engine"));
  const machines = { first: machine("first"), second: machine("second") };
  const manifest: Manifest = { schema: 1, engine: { name: "v86", version: "1", wasm }, machines };
  publishManifest(output, manifest);
  return manifest;
}

describe("what is published", () => {
  it("is read again, without machines of which a file has gone", () => {
    const { machines } = publishBoth();
    expect(publishedMachines(output)).toEqual(machines);
    rmSync(join(output, machines.first?.files.bios.path ?? ""));
    expect(publishedMachines(output)).toEqual({ second: machines.second });
  });

  it("is read without a machine whose shared files are not all there, or listed as of old", () => {
    const tree = new ShareWriter(output);
    tree.add({ kind: "file", path: "tool", mode: 0o755, data: Buffer.from("a tool") });
    const [one, two, three] = [machine("one"), machine("two"), machine("three")];
    const share = tree.finish();
    const old = storeFile(output, "share", "index", Buffer.from('{"schema": 1, "files": []}'));
    const { bios } = two.files;
    two.files = { bios, kernel: bios, initrd: bios, share };
    three.files = { bios, kernel: bios, initrd: bios, share: old };
    const wasm = storeFile(output, "engine", "v86", Buffer.from("engine"));
    const manifest: Manifest = {
      schema: 1,
      engine: { name: "v86", version: "1", wasm },
      machines: { one, two, three },
    };
    writeFileSync(join(output, "manifest.json"), JSON.stringify(manifest));
    expect(publishedMachines(output)).toEqual({ one, two });
    for (const { path } of sharedFiles(output, share)) rmSync(join(output, path));
    expect(publishedMachines(output)).toEqual({ one });
  });

  it("keeps each piece that an index names", () => {
    const tree = new ShareWriter(output, { whole: 4, piece: 3 });
    tree.add({ kind: "file", path: "tool", mode: 0o755, data: Buffer.from("a tool") });
    const share = tree.finish();
    const pieces = sharedFiles(output, share);
    expect(pieces).toHaveLength(2);
    const one = machine("one");
    const { bios } = one.files;
    one.files = { bios, kernel: bios, initrd: bios, share };
    const wasm = storeFile(output, "engine", "v86", Buffer.from("engine"));
    const engine = { name: "v86", version: "1", wasm } as const;
    const { bytes } = publishManifest(output, { schema: 1, engine, machines: { one } });
    for (const { path } of pieces) expect(existsSync(join(output, path))).toBe(true);
    const files = [wasm, bios, share, ...pieces];
    expect(bytes).toBe(files.reduce((sum, { size }) => sum + size, 0));
    publishManifest(output, { schema: 1, engine, machines: { one: machine("one") } });
    for (const { path } of pieces) expect(existsSync(join(output, path))).toBe(false);
  });

  it("is nothing where the manifest is missing or damaged", () => {
    expect(publishedMachines(output)).toEqual({});
    writeFileSync(join(output, "manifest.json"), '{"schema": 1, "mach');
    expect(publishedMachines(output)).toEqual({});
  });

  it("loses what the manifest does not name, but not what the build says of itself", () => {
    for (const name of [BUILD_FILE, `${BUILD_FILE}.7.part`, "old.bin"])
      writeFileSync(join(output, name), "");
    publishBoth();
    expect(existsSync(join(output, BUILD_FILE))).toBe(true);
    expect(existsSync(join(output, `${BUILD_FILE}.7.part`))).toBe(true);
    expect(existsSync(join(output, "old.bin"))).toBe(false);
  });
});

describe("the order of the machines", () => {
  const names = (root: string) =>
    inOrder(
      root,
      readMachines(repository).map((recipe) => ({ recipe })),
    ).map(({ recipe }) => recipe.name);

  it("begins with the one that most experiments run on, and ends with the large one", () => {
    expect(names(repository)[0]).toBe("linux");
    expect(names(repository).at(-1)).toBe("docker");
  });

  it("is that of their names where there is no book", () => {
    expect(names(output)).toEqual(names(output).toSorted());
  });
});

describe("what stopped a build", () => {
  it.each([
    [new MissingSystemPackagesError([{ command: "bc", package: "bc" }], "No."), "packages", false],
    [new DownloadError("x could not be downloaded"), "download", false],
    [new DownloadError("the disk is full: x needs 3 MB."), "disk-full", false],
    [Object.assign(new Error("write"), { code: "ENOSPC" }), "disk-full", false],
    [new GuestBuildError("make … ended with 2. The disk is full."), "disk-full", false],
    [new GuestBuildError("make … ended with 2."), "other", false],
    [new TypeError("undefined is not a function"), "other", true],
  ])("is told by its kind: %s", (error, kind, isBug) => {
    expect(troubleOf(error, "/cache")).toMatchObject({ kind, isBug });
  });
});
