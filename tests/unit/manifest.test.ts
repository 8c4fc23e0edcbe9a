import { describe, expect, it } from "vitest";
import { type Manifest, manifestSchema } from "../../src/machine/manifest.ts";

const file = {
  path: "linux/kernel.0123abcd.bin",
  size: 10,
  sha256: "0".repeat(64),
  encoding: "zstd" as const,
  rawSize: 20,
};
const manifest: Manifest = {
  schema: 1,
  engine: { name: "v86", version: "0.5.462", wasm: file },
  machines: {
    linux: {
      title: { zh: "默认机器", en: "Default machine" },
      inputHash: "a".repeat(64),
      memoryMiB: 128,
      cmdline: "console=ttyS0",
      terminals: { on: "virtio", count: 3, size: "columns-rows" },
      kernelRelease: "6.1.0",
      files: { bios: file, kernel: file, initrd: file },
      packages: [
        {
          name: "crun",
          version: "1.8.1-1",
          architecture: "i386",
          suite: "bookworm",
          source: { name: "crun", version: "1.8.1-1" },
          sha256: "b".repeat(64),
        },
      ],
    },
  },
};

/** A copy with one field replaced, named by its path. */
function changed(path: (string | number)[], value: unknown): unknown {
  const copy = structuredClone(manifest);
  let at = copy as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  at[path.at(-1) as string] = value;
  return copy;
}

describe("manifestSchema", () => {
  it("accepts what the build writes", () => {
    expect(manifestSchema.parse(manifest)).toEqual(manifest);
  });

  it.each([
    ["an unknown key", ["machines", "linux", "colour"], "blue"],
    ["memory that is no power of two", ["machines", "linux", "memoryMiB"], 100],
    ["a hash that is no SHA-256", ["engine", "wasm", "sha256"], "123"],
    ["a path that climbs out", ["engine", "wasm", "path"], "../secret"],
    ["an encoding nobody can undo", ["engine", "wasm", "encoding"], "rar"],
    ["another version of the format", ["schema"], 2],
  ])("refuses %s, naming the field", (_, path, value) => {
    const { error } = manifestSchema.safeParse(changed(path as string[], value));
    expect(error?.issues[0]?.path.slice(0, path.length - 1)).toEqual(path.slice(0, -1));
  });
});
