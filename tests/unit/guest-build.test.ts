import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bootImage } from "../../tools/guest/boot.ts";
import { withLock } from "../../tools/guest/build-lock.ts";
import { cachedFolder, cacheFolder, sha256, writeWhole } from "../../tools/guest/cache.ts";
import { compiledWishes } from "../../tools/guest/compiled.ts";
import { type CpioEntry, writeCpio } from "../../tools/guest/cpio.ts";
import { checkConfig, withPayload } from "../../tools/guest/kernel.ts";
import { closure, formatLock, readLock } from "../../tools/guest/lock.ts";
import { debianMirror, debPath, downloadPackages } from "../../tools/guest/mirror.ts";
import { readMachine, readMachines, readRootfs, readShare } from "../../tools/guest/recipe.ts";
import { readAppletNames } from "../../tools/guest/rootfs.ts";
import { MissingSystemPackagesError, missingNeeds } from "../../tools/lib/system-packages.ts";
import { lockedPackage } from "./fixtures/locked-package.ts";

const repository = join(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guest-build-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("recipes", () => {
  const edit = (change: (machine: Record<string, unknown>) => void) => {
    cpSync(join(repository, "guest"), join(folder, "guest"), { recursive: true });
    const path = join(folder, "guest/machines/linux.json");
    const machine = JSON.parse(readFileSync(path, "utf8"));
    change(machine);
    writeFileSync(path, JSON.stringify(machine));
    return () => readMachine(folder, "linux");
  };

  it("accepts the machines in the repository", () => {
    for (const machine of readMachines(repository)) {
      const rootfs = readRootfs(repository, machine);
      if (rootfs) expect(rootfs.compiled.map(({ source }) => source)).toEqual(["busybox", "bash"]);
      else expect(machine.kernel.from).toBe("folder");
    }
  });

  it("names machine, field, value and what is allowed when memory is no power of two", () => {
    expect(edit((machine) => Object.assign(machine, { memoryMiB: 100 }))).toThrow(
      "machine linux (guest/machines/linux.json):\n  memoryMiB: 100: must be a power of two from 16 to 2048",
    );
  });

  it("names an unknown key and the known ones", () => {
    expect(edit((machine) => Object.assign(machine, { disk: 1 }))).toThrow(
      /\(top level\): unknown key disk; allowed: title, kernel, firmware, rootfs, share, snapshot, memoryMiB, mac/,
    );
    expect(edit((machine) => Object.assign(machine.title as object, { fr: "Linux" }))).toThrow(
      "title: unknown key fr; allowed: zh, en",
    );
  });

  it("names a file that does not exist", () => {
    expect(
      edit((machine) =>
        Object.assign(machine.kernel as object, { fragments: ["guest/no.config"] }),
      ),
    ).toThrow("machine linux: kernel.fragments[0]: guest/no.config does not exist");
    expect(edit((machine) => Object.assign(machine, { rootfs: "none" }))).toThrow(
      "machine linux: rootfs: guest/rootfs/none.yaml does not exist",
    );
  });

  it("refuses paths that leave the repository", () => {
    expect(
      edit((machine) => Object.assign(machine.kernel as object, { fragments: ["../x"] })),
    ).toThrow("must be relative");
  });

  it("names an unknown key of the kernel and those of its kind", () => {
    expect(edit((machine) => Object.assign(machine.kernel as object, { url: "x" }))).toThrow(
      "kernel: unknown key url; allowed: from, package, suite, fragments",
    );
  });

  it("says which fields only a Linux machine has", () => {
    const kernel = { from: "folder", folder: "guest/tiny-os" };
    expect(edit((machine) => Object.assign(machine, { kernel }))).toThrow(
      '  rootfs: "base": a kernel from a folder has none',
    );
    expect(edit((machine) => Object.assign(machine, { cmdline: undefined }))).toThrow(
      "cmdline: undefined: a Linux kernel needs it",
    );
  });
});

describe("tiny-os", () => {
  const build = (name: string) => {
    const sources = join(folder, name);
    cpSync(join(repository, "guest/tiny-os"), sources, { recursive: true });
    return bootImage(join(folder, "cache"), sources, name);
  };

  it("is the same bytes from two folders, and starts with a boot sector", () => {
    const { image, release } = build("first");
    expect(build("a second")).toEqual({ image, release });
    expect([...image.subarray(510, 512)]).toEqual([0x55, 0xaa]);
    expect(image).toHaveLength(80 * 2 * 18 * 512);
    expect(release).toMatch(/^\d+\.\d+$/);
  });
});

describe("writeCpio", () => {
  const entries: CpioEntry[] = [
    { kind: "file", path: "b", mode: 0o755, data: Buffer.from("hello") },
    { kind: "directory", path: "a", mode: 0o755 },
    { kind: "device", path: "a/console", mode: 0o600, major: 5, minor: 1 },
    { kind: "link", path: "c", target: "b" },
  ];

  it("writes the newc format byte for byte", () => {
    const header = (...fields: number[]) =>
      `070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0")).join("")}`;
    const pad = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, "\0");
    const expected = [
      pad(`${header(1, 0o40755, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0)}a\0`),
      pad(`${header(2, 0o20600, 0, 0, 1, 0, 0, 0, 0, 5, 1, 10, 0)}a/console\0`),
      pad(`${header(3, 0o100755, 0, 0, 1, 0, 5, 0, 0, 0, 0, 2, 0)}b\0`),
      pad("hello"),
      pad(`${header(4, 0o120777, 0, 0, 1, 0, 1, 0, 0, 0, 0, 2, 0)}c\0`),
      pad("b"),
      pad(`${header(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0)}TRAILER!!!\0`),
    ].join("");
    expect(Buffer.from(writeCpio(entries)).toString("latin1")).toBe(expected);
  });

  it("gives the same bytes whatever the order of the entries", () => {
    expect(writeCpio(entries.toReversed())).toEqual(writeCpio(entries));
  });

  it("refuses a path that is there twice", () => {
    const twice: CpioEntry = { kind: "directory", path: "a", mode: 0o700 };
    expect(() => writeCpio([...entries, twice])).toThrow("a is in the archive twice");
  });
});

describe("the kernel", () => {
  it("says which options did not take", () => {
    const config = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\n";
    expect(() => checkConfig("CONFIG_A=y\n# why\nCONFIG_B=n\n", config)).not.toThrow();
    expect(() => checkConfig("CONFIG_B=y\nCONFIG_C=n\n", config)).toThrow(
      "CONFIG_B=y (is n), CONFIG_C=n (is y)",
    );
  });

  it("replaces a bzImage's payload and describes it", () => {
    const packed = Buffer.alloc(2048, 7);
    packed[0x1f1] = 1;
    const image = Buffer.from(withPayload(packed, Buffer.alloc(20, 9), 4096));
    expect(image.length).toBe(1024 + 32);
    expect(image.readUInt32LE(0x1f4)).toBe(2);
    expect(image.readUInt32LE(0x260)).toBe(4096);
    expect(image.subarray(1024, 1044)).toEqual(Buffer.alloc(20, 9));
  });
});

describe("the lock", () => {
  const locked = (name: string, libraries: string[] = []) => lockedPackage(name, { libraries });
  const packages = [locked("bash", ["libc6", "libtinfo6"]), locked("libtinfo6", ["libc6"])];

  it("is sorted, whatever order the packages were found in", () => {
    expect(formatLock(packages.toReversed())).toBe(formatLock(packages));
  });

  it("tells a source package from a binary one of the same name", () => {
    const source = { ...locked("bash"), architecture: "source", sha256: sha256("source") };
    const lock = [locked("bash"), source];
    const wish = { name: "bash", suite: "bookworm" };
    expect(closure(lock, [wish])).toEqual([locked("bash")]);
    expect(closure(lock, [{ ...wish, isSource: true }, wish])).toEqual(lock);
    expect(() => closure([locked("bash")], [{ ...wish, isSource: true }])).toThrow(
      "no source package bash of bookworm",
    );
  });

  it("in the repository is sorted and complete for every machine", () => {
    const lock = readLock(repository);
    expect(formatLock(lock)).toBe(
      readFileSync(join(repository, "guest/packages.lock.json"), "utf8"),
    );
    for (const machine of readMachines(repository)) {
      const { suite = "", packages = [] } = readRootfs(repository, machine) ?? {};
      const wishes = packages.map(({ name }) => ({ name, suite }));
      if (machine.kernel.from !== "folder")
        wishes.push({ name: machine.kernel.package, suite: machine.kernel.suite });
      closure(lock, wishes);
    }
    const { suite, packages, compiled } = readShare(repository, "base");
    closure(lock, [
      ...packages.map(({ name }) => ({ name, suite })),
      ...compiled.flatMap((each) => compiledWishes(suite, each)),
    ]);
  });

  it("follows libraries and says how to add what is missing", () => {
    const wish = [{ name: "bash", suite: "bookworm" }];
    const names = closure([...packages, locked("libc6")], wish).map(({ name }) => name);
    expect(names).toEqual(["bash", "libc6", "libtinfo6"]);
    expect(() => closure(packages, wish)).toThrow(/no libc6 of bookworm.*--update-lock/);
  });

  it("needs neither mirror nor network for packages that are in the cache", () => {
    const [first] = packages;
    if (!first) throw new Error("no package");
    mkdirSync(join(folder, "debs"));
    writeFileSync(debPath(folder, first), "deb");
    expect(() => downloadPackages(folder, [first])).not.toThrow();
  });

  it("takes the mirror from DEBIAN_MIRROR", () => {
    expect(debianMirror({ DEBIAN_MIRROR: "http://mirror.example/debian" })).toBe(
      "http://mirror.example/debian/",
    );
  });
});

describe("the cache", () => {
  it("is where the environment says, outside the checkout", () => {
    expect(cacheFolder({ ONE_KERNEL_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toBe("/b/one-kernel");
    expect(cacheFolder({})).toMatch(/\.cache\/one-kernel$/);
  });

  it("keeps nothing half-made", () => {
    const path = join(folder, "x/kept");
    const fail = () =>
      cachedFolder(path, (aside) => {
        writeFileSync(join(aside, "half"), "");
        throw new Error("disk full");
      });
    expect(fail).toThrow("disk full");
    expect(existsSync(path)).toBe(false);
    cachedFolder(path, (aside) => writeFileSync(join(aside, "whole"), ""));
    expect(existsSync(join(path, "whole"))).toBe(true);
    expect(existsSync(join(path, "half"))).toBe(false);
  });

  it("replaces a file as a whole", () => {
    writeWhole(join(folder, "a/b.json"), "1");
    writeWhole(join(folder, "a/b.json"), "2");
    expect(readFileSync(join(folder, "a/b.json"), "utf8")).toBe("2");
  });

  it("lets one build in at a time", async () => {
    const order: string[] = [];
    const told = vi.spyOn(console, "log").mockReturnValue();
    const work = (name: string) =>
      withLock(folder, async () => {
        order.push(`${name} in`);
        // The other has found the lock, and says that it waits.
        await expect.poll(() => told.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
        order.push(`${name} out`);
      });
    await Promise.all([work("a"), work("b")]);
    told.mockRestore();
    expect(order).toEqual(["a in", "a out", "b in", "b out"]);
  });

  it("breaks the lock of a build that was killed", async () => {
    const child = spawn("true");
    await new Promise((resolve) => child.on("close", resolve));
    const stale = { pid: child.pid, host: hostname() };
    writeFileSync(join(folder, "lock"), JSON.stringify(stale));
    await expect(withLock(folder, async () => "built")).resolves.toBe("built");
  });
});

describe("readAppletNames", () => {
  it("reads the sorted table and refuses a binary without one", () => {
    const binary = Buffer.from("code\0[\0[[\0ash\0sh\0zcat\0\0more\0");
    expect(readAppletNames(binary)).toEqual(["[", "[[", "ash", "sh", "zcat"]);
    expect(() => readAppletNames(Buffer.from("no table"))).toThrow("no table of applet names");
  });
});

describe("system packages", () => {
  it("finds what is missing and names the command that installs it", () => {
    const missing = missingNeeds([
      { command: "node-that-is-not-there", package: "nodejs" },
      { file: import.meta.filename, package: "here" },
    ]);
    expect(missing).toHaveLength(1);
    expect(new MissingSystemPackagesError(missing, "Why.").message).toContain(
      "sudo apt-get install -y -q --no-install-recommends nodejs",
    );
  });

  it("takes a version that is too old for missing", () => {
    const node = { file: process.execPath, package: "nodejs" };
    const major = Number(process.versions.node.split(".")[0]);
    expect(missingNeeds([{ ...node, atLeast: major }])).toEqual([]);
    const missing = missingNeeds([{ ...node, atLeast: major + 1 }]);
    expect(new MissingSystemPackagesError(missing, "Why.").message).toContain(
      `${process.execPath}, version ${major + 1} or later`,
    );
  });
});
