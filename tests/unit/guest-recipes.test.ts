import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LockedPackage, readLock } from "../../tools/guest/lock.ts";
import { toolPackages } from "../../tools/guest/plan.ts";
import { readMachine, readRootfs, readShare } from "../../tools/guest/recipe.ts";
import { toolNames } from "../../tools/guest/share.ts";
import { lockWishes } from "../../tools/guest/wishes.ts";

const repository = join(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guest-recipes-"));
  cpSync(join(repository, "guest"), join(folder, "guest"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Replaces a text of a recipe by another one. */
function edit(path: string, from: string, to: string): void {
  const file = join(folder, path);
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

describe("a machine's tree of shared files", () => {
  it("must have a recipe", () => {
    edit("guest/machines/docker.json", '"share": "docker"', '"share": "none"');
    expect(() => readMachine(folder, "docker")).toThrow(
      "machine docker: share: guest/share/none.yaml does not exist",
    );
  });

  it("is named, not switched on", () => {
    edit("guest/machines/docker.json", '"share": "docker"', '"share": true');
    expect(() => readMachine(folder, "docker")).toThrow("share: true: Invalid input");
  });

  it("may have packages of other suites, whose libraries are those of its own", () => {
    const share = readShare(folder, "docker");
    expect(share.packages.filter(({ name }) => name === "containerd")).toMatchObject([
      { paths: ["usr/bin/containerd"] },
      { suite: "bookworm", paths: ["usr/bin/containerd-shim-runc-v2"] },
    ]);
    const wishes = lockWishes({ machines: [], shares: [share], images: [] });
    expect(wishes.filter(({ name }) => name === "containerd")).toEqual([
      { name: "containerd", suite: "forky", paths: ["usr/bin/containerd"] },
      { name: "containerd", suite: "bookworm", paths: [] },
    ]);
    const tools = toolPackages(readLock(folder), share);
    const suitesOf = (wanted: string) =>
      tools.filter(({ name }) => name === wanted).map(({ suite }) => suite);
    expect(suitesOf("containerd")).toEqual(["forky", "bookworm"]);
    expect(suitesOf("docker-cli")).toEqual(["trixie"]);
    expect(suitesOf("libc6")).toEqual(["forky"]);
  });

  it("says which package of which suite the lock does not have", () => {
    const share = readShare(folder, "docker");
    const without = (gone: string): LockedPackage[] =>
      readLock(folder).filter(({ name, suite }) => `${name} of ${suite}` !== gone);
    for (const gone of ["docker-cli of trixie", "crun of forky"])
      expect(() => toolPackages(without(gone), share)).toThrow(
        `guest/packages.lock.json has no ${gone}. Add it with: npm run guest -- --update-lock`,
      );
  });

  it("names an unknown suite, and its links are commands too", () => {
    expect(toolNames(readShare(folder, "docker"))).toContain("iptables");
    edit("guest/share/docker.yaml", "suite: trixie", "suite: Trixie 13");
    expect(() => readShare(folder, "docker")).toThrow(
      'the shared tree docker (guest/share/docker.yaml):\n  packages.0.suite: "Trixie 13": must be a Debian suite: bookworm',
    );
  });

  it("must have the folders that are copied over it", () => {
    edit("guest/share/docker.yaml", "[guest/share/base]", "[guest/share/base, guest/share/no]");
    expect(() => readShare(folder, "docker")).toThrow(
      "the shared tree docker: overlays[1]: guest/share/no does not exist",
    );
  });
});

describe("an initial file system that is derived", () => {
  const read = () => readRootfs(folder, readMachine(folder, "docker"));

  it("has all of the other one, and more", () => {
    const base = readRootfs(folder, readMachine(folder, "linux"));
    const derived = read();
    expect(derived?.compiled).toEqual(base?.compiled);
    expect(derived?.overlays).toEqual([...(base?.overlays ?? []), "guest/rootfs/docker"]);
    expect(derived?.links).toMatchObject({ ...base?.links, "var/run": "/run" });
    expect(derived?.directories).toEqual(expect.arrayContaining(base?.directories ?? []));
  });

  it("names what it cannot add, and what it is not derived from", () => {
    edit("guest/rootfs/docker.yaml", "links:", "packages: []\nlinks:");
    expect(read).toThrow(
      "machine docker (guest/rootfs/docker.yaml):\n  (top level): unknown key packages; allowed: from, overlays, directories, links",
    );
    edit("guest/rootfs/docker.yaml", "packages: []\n", "");
    edit("guest/rootfs/docker.yaml", "from: base", "from: none");
    expect(read).toThrow(
      "machine docker: guest/rootfs/docker.yaml: from: guest/rootfs/none.yaml does not exist",
    );
    edit("guest/rootfs/docker.yaml", "from: none", "from: docker");
    expect(read).toThrow(/machine docker [\s\S]*unknown key from/);
  });
});

describe("what is done before a snapshot", () => {
  const withSnapshot = (snapshot: unknown) => {
    const file = join(folder, "guest/machines/linux.json");
    const machine = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...machine, snapshot }));
    return () => readMachine(folder, "linux");
  };
  const step = { why: "It is there.", run: "true" };

  it("is a list of commands, each with its reason", () => {
    expect(withSnapshot({ prepare: [step] })().snapshot).toEqual({
      prepare: [step],
      keepFiles: false,
    });
  });

  it.each([
    ["no command", { prepare: [] }],
    ["a command of two lines", { prepare: [{ ...step, run: "true\nfalse" }] }],
    ["no reason", { prepare: [{ run: "true" }] }],
  ])("is refused with %s", (_, snapshot) => {
    expect(withSnapshot(snapshot)).toThrow(/machine linux \(.*\):\n {2}snapshot/);
  });

  it("needs terminals on virtio, as the snapshot does", () => {
    edit("guest/machines/stock.json", '"memoryMiB"', '"snapshot": true,\n  "memoryMiB"');
    expect(() => readMachine(folder, "stock")).toThrow(
      "snapshot: true: needs a Linux kernel with virtio drivers, and terminals on virtio",
    );
  });
});
