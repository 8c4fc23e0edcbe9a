import {
  cpSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { closure, readLock } from "../../tools/guest/lock.ts";
import { followNeeds } from "../../tools/guest/oci/needs.ts";
import { imageWishes } from "../../tools/guest/oci/plan.ts";
import { readImages } from "../../tools/guest/oci/recipe.ts";
import { forBundle } from "../../tools/guest/oci/runtime.ts";
import { LayerTree, targetOf } from "../../tools/guest/oci/tree.ts";

const repository = join(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "images-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("image recipes", () => {
  type Recipe = Record<string, unknown> & {
    layers: Record<string, unknown>[];
    config: Record<string, unknown>;
  };
  const edit = (name: string, change: (recipe: Recipe) => void) => {
    cpSync(join(repository, "guest/oci"), join(folder, "guest/oci"), { recursive: true });
    const path = join(folder, `guest/oci/${name}.yaml`);
    const recipe = parse(readFileSync(path, "utf8"));
    change(recipe);
    writeFileSync(path, stringify(recipe));
    return () => readImages(folder);
  };

  it("in the repository are valid, bases first, and locked", () => {
    const images = readImages(repository);
    const lock = readLock(repository);
    const names = images.map(({ name }) => name);
    for (const image of images) {
      if (image.from !== undefined)
        expect(names.indexOf(image.from)).toBeLessThan(names.indexOf(image.name));
      closure(lock, imageWishes(image));
    }
    expect(new Set(images.map(({ suite }) => suite)).size).toBeGreaterThanOrEqual(3);
  });

  it("name image, field, value and what is allowed", () => {
    expect(edit("hello", (recipe) => Object.assign(recipe, { suite: "Book Worm" }))).toThrow(
      'image hello (guest/oci/hello.yaml):\n  suite: "Book Worm": must be a Debian suite: bookworm',
    );
    expect(edit("hello", ({ layers }) => Object.assign(layers[0] ?? {}, { pkgs: [] }))).toThrow(
      "layers.0: unknown key pkgs; allowed: what, packages, database, applets",
    );
    expect(edit("hello", ({ config }) => Object.assign(config, { user: "root" }))).toThrow(
      'config.user: "root": must be numbers',
    );
    expect(
      edit("busybox", ({ layers }) => Object.assign(layers[0]?.directories ?? {}, { tmp: 1 })),
    ).toThrow("layers.0.directories.tmp: 1: ");
  });

  it("name a file that does not exist", () => {
    expect(
      edit("busybox", ({ layers }) => Object.assign(layers[0] ?? {}, { overlay: "no" })),
    ).toThrow(
      'image busybox (guest/oci/busybox.yaml):\n  layers.0.overlay: "no": does not exist; it must be a path in the repository',
    );
  });

  it("name an unknown base and the images there are", () => {
    expect(edit("app-old", (recipe) => Object.assign(recipe, { from: "buster" }))).toThrow(
      /image app-old .*\n {2}from: "buster": there is no such image; there are: app-new, app-old, b/,
    );
  });

  it("name a circle of bases", () => {
    expect(edit("bookworm", (recipe) => Object.assign(recipe, { from: "app-old" }))).toThrow(
      'image bookworm (guest/oci/bookworm.yaml):\n  from: "app-old": leads back to the image itself: bookworm → app-old → bookworm; one of them',
    );
  });

  it("refuse an image without a program to start", () => {
    const clear = (recipe: Recipe) => Object.assign(recipe, { config: {} });
    expect(edit("hello", clear)).toThrow("neither this image nor its bases name a cmd");
    expect(edit("app-old", clear)).not.toThrow();
  });
});

describe("LayerTree", () => {
  const file = (path: string, text = "") =>
    ({ kind: "file", path, mode: 0o644, data: new Uint8Array(Buffer.from(text)) }) as const;

  it("stores a file where the links in its path lead, in this layer or one below", () => {
    const below = new LayerTree();
    below.add({ kind: "link", path: "bin", target: "usr/bin" });
    below.add(file("bin/a"));
    const above = new LayerTree(below);
    above.add(file("bin/b"));
    expect(below.own().map(({ path }) => path)).toEqual(["bin", "usr", "usr/bin", "usr/bin/a"]);
    expect(above.own().map(({ path }) => path)).toEqual(["usr", "usr/bin", "usr/bin/b"]);
    expect(above.get("bin/a")?.path).toBe("usr/bin/a");
  });

  it("follows links, also to the root, and notices circles", () => {
    const tree = new LayerTree();
    tree.add(file("usr/lib/x.so.1.2"));
    tree.add({ kind: "link", path: "usr/lib/x.so.1", target: "x.so.1.2" });
    tree.add({ kind: "link", path: "x", target: "/usr/lib/x.so.1" });
    tree.add({ kind: "link", path: "round", target: "round" });
    expect(tree.find("x")?.path).toBe("usr/lib/x.so.1.2");
    expect(() => tree.find("round")).toThrow("too many links");
    expect(targetOf({ path: "etc/os-release", target: "../usr/lib/os-release" })).toBe(
      "usr/lib/os-release",
    );
  });

  it("keeps the mode of a folder below, and refuses a folder where a file is", () => {
    const below = new LayerTree();
    below.add({ kind: "directory", path: "tmp", mode: 0o1777 });
    below.add(file("etc"));
    const above = new LayerTree(below);
    above.add(file("tmp/x"));
    expect(above.get("tmp")).toMatchObject({ mode: 0o1777 });
    expect(() => above.add(file("etc/x"))).toThrow("etc would have to be a folder and is a file");
  });

  it("writes modes whatever the umask, and one time", () => {
    const tree = new LayerTree();
    tree.add({ kind: "directory", path: "tmp", mode: 0o1777 });
    tree.add({ ...file("a/run", "x"), mode: 0o755 });
    tree.add({ kind: "link", path: "l", target: "a/run" });
    tree.write(folder);
    const stat = (path: string) => lstatSync(join(folder, path));
    expect(stat("tmp").mode & 0o7777).toBe(0o1777);
    expect(stat("a/run").mode & 0o7777).toBe(0o755);
    expect(readlinkSync(join(folder, "l"))).toBe("a/run");
    expect(["tmp", "a", "a/run", "l", "."].map((path) => stat(path).mtimeMs)).toEqual(
      Array(5).fill(0),
    );
  });

  it("says which file needs a library that is nowhere", () => {
    const tree = new LayerTree();
    // The smallest program there is to read: one PT_INTERP segment.
    const elf = Buffer.alloc(128);
    elf.write("\x7fELF\x01\x01", "latin1");
    elf.writeUInt32LE(52, 28);
    elf.writeUInt16LE(32, 42);
    elf.writeUInt16LE(1, 44);
    elf.writeUInt32LE(3, 52);
    elf.writeUInt32LE(84, 56);
    elf.write("/lib/ld.so", 84, "latin1");
    tree.add({ kind: "file", path: "a", mode: 0o755, data: new Uint8Array(elf) });
    expect(() => followNeeds(tree, [], () => {})).toThrow("a needs lib/ld.so, which neither");
    tree.add(file("lib/ld.so"));
    expect(() => followNeeds(tree, [], () => {})).not.toThrow();
  });
});

describe("forBundle", () => {
  it("puts the container on the bundle's rootfs, under the image's name, without a terminal", () => {
    const made = {
      process: { terminal: true, args: ["sh"], env: ["PATH=/bin", "TERM=xterm"] },
      root: { path: "." },
      hostname: "umoci-default",
      linux: { namespaces: [{ type: "pid" }] },
    };
    expect(forBundle(made, "hello")).toEqual({
      process: { terminal: false, args: ["sh"], env: ["PATH=/bin", "TERM=xterm-256color"] },
      root: { path: "rootfs" },
      hostname: "hello",
      linux: { namespaces: [{ type: "pid" }, { type: "cgroup" }] },
    });
  });
});
