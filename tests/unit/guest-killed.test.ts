import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BUILD_MARK, withLock } from "../../tools/guest/build-lock.ts";
import { removeHalfMade } from "../../tools/guest/half-made.ts";
import { processesWith, processStart } from "../../tools/lib/processes.ts";
import { buildStep } from "./fixtures/build-step.ts";

const SCRIPT = join(import.meta.dirname, "fixtures/build-step-main.ts");
/** Long enough for a compiler on a busy computer; nothing here measures time. */
const PATIENCE = { timeout: 30_000, interval: 20 };

/** Where the package is that every test begins with. */
let template: string;
let folder: string;
let server: Server;
/** What the mirror does with the next download: sends half of it and then nothing, or all of it. */
let mirrorHangs = false;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), "guest-killed-package-"));
  makePackage(template);
  server = createServer((_, response) => {
    const file = readFileSync(join(folder, "source.deb"));
    response.setHeader("Content-Length", file.length);
    if (!mirrorHangs) return response.end(file);
    response.write(file.subarray(0, file.length >> 1));
    return writeFileSync(join(folder, "hangs"), "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(template, { recursive: true });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guest-killed-"));
  prepare(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The steps, and in each the places where a build is killed. */
const PLACES: [step: string, place: string][] = [
  ["download", "download"],
  ["unpack", "dpkg-deb"],
  ["kernel", "tar"],
  ["kernel", "configure"],
  ["kernel", "compile"],
  ["programs", "make"],
  ["share", "share"],
  ["assembling", "assembling"],
  ["publish", "publish"],
  ["snapshot", "snapshot"],
];

describe("a build that is killed", () => {
  it.each(PLACES)(
    "in %s, at %s, is taken up by the next one as if nothing had been",
    async (step, place) => {
      const expected = await finish(step);
      for (const each of ["cache", "out"])
        rmSync(join(folder, each), { recursive: true, force: true });

      mirrorHangs = true;
      const killed = begin(step, place);
      await vi.waitFor(() => expect(existsSync(join(folder, "hangs"))).toBe(true), PATIENCE);
      const { id } = JSON.parse(readFileSync(join(folder, "cache/lock"), "utf8"));
      killed.kill("SIGKILL");
      await once(killed, "exit");
      mirrorHangs = false;

      expect(await finish(step)).toEqual(expected);
      expect(processesWith(BUILD_MARK, id)).toEqual([]);
      expect(leftOver(join(folder, "cache"))).toEqual([]);
      if (existsSync(join(folder, "out"))) expect(leftOver(join(folder, "out"))).toEqual([]);
      expect(existsSync(join(folder, "cache", "work", "kernel"))).toBe(false);
    },
    PATIENCE.timeout,
  );

  it("leaves a kernel's compiled files to the next one, and no build tree after that", async () => {
    const killed = begin("kernel", "compile");
    await vi.waitFor(() => expect(existsSync(join(folder, "hangs"))).toBe(true), PATIENCE);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    await finish("kernel");
    expect(readFileSync(join(folder, "compiled"), "utf8")).toBe("a\nb\nb\n");
    expect(readdirSync(join(folder, "cache", "work"))).toEqual([]);
  });
});

describe("the lock", () => {
  const lock = () => join(folder, "lock");
  const take = () => withLock(folder, async () => "built");

  it("is taken over from a process whose number another one has by now", async () => {
    const me = { pid: process.pid, host: hostname(), started: "1", id: "x" };
    expect(processStart(process.pid)).not.toBe("1");
    writeFileSync(lock(), JSON.stringify(me));
    await expect(take()).resolves.toBe("built");
  });

  it("is taken over from a build that was killed before it could write it", async () => {
    writeFileSync(lock(), "");
    utimesSync(lock(), 0, 0);
    await expect(take()).resolves.toBe("built");
  });

  it("tells who has it, and comes when that one is done", async () => {
    const other = spawn("sleep", ["1000"]);
    writeFileSync(
      lock(),
      JSON.stringify({ pid: other.pid, host: hostname(), id: "x", output: "/o" }),
    );
    const owners: unknown[] = [];
    const taken = withLock(folder, async () => "built", {
      onWait: async (owner) => {
        owners.push(owner);
      },
    });
    await vi.waitFor(() => expect(owners).toHaveLength(1), PATIENCE);
    expect(owners[0]).toMatchObject({ pid: other.pid, output: "/o" });
    other.kill("SIGKILL");
    await expect(taken).resolves.toBe("built");
  });
});

describe("what was half made", () => {
  it("goes, and what is whole stays", () => {
    const half = [
      "debs/x.deb.part",
      "kernel/x.part/bzImage",
      "oci/layers/layer.part/etc/passwd",
      "oci/images/x.part/layout",
      "machines/x/linux/kernel.0.bin.7.part",
      "link-abc/0.so",
      "program.7.part",
    ];
    const whole = ["debs/x.deb", "kernel/x/bzImage", "trees/x/etc/wget.part", "lock"];
    for (const path of [...half, ...whole]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
    removeHalfMade(folder);
    for (const path of half) expect(existsSync(join(folder, path)), path).toBe(false);
    for (const path of whole) expect(existsSync(join(folder, path)), path).toBe(true);
  });
});

/** Starts a step that will hang in the middle. */
function begin(step: string, place: string): ChildProcess {
  return spawn(process.execPath, [SCRIPT, step, folder], {
    stdio: ["ignore", "ignore", "inherit"],
    env: environment(place),
  });
}

/**
 * Does a step to its end, and returns what it made: in this process, except for a download, whose mirror
 * is in this process and must not stand still.
 */
async function finish(step: string): Promise<unknown> {
  rmSync(join(folder, "hangs"), { force: true });
  const before = { ...process.env };
  Object.assign(process.env, environment(""));
  try {
    if (step !== "download") return JSON.parse(JSON.stringify(await buildStep(step, folder)));
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, step, folder]);
    return JSON.parse(stdout);
  } finally {
    process.env = before;
  }
}

function environment(place: string): NodeJS.ProcessEnv {
  const { port } = server.address() as { port: number };
  return {
    ...process.env,
    HANG: place,
    FOLDER: folder,
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    DEBIAN_MIRROR: `http://127.0.0.1:${port}/`,
    APT_CONFIG: join(folder, "apt.conf"),
  };
}

/** What no finished build leaves behind. */
function leftOver(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.part$|^link-|^lock|^unfinished/.test(name),
  );
}

/** What the steps work on, and programs that hang in the middle when they are asked to. */
function prepare(home: string): void {
  const file = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(home, path, ".."), { recursive: true });
    writeFileSync(join(home, path), text);
    chmodSync(join(home, path), mode);
  };
  file("apt.conf", 'Acquire::http::Proxy::127.0.0.1 "DIRECT";\n');
  file("overlay/readme", "read me");
  file("small.config", "CONFIG_SMALL=y\n");
  const hang = 'hang() { [ "$HANG" != "$1" ] || { : > "$FOLDER/hangs"; exec sleep 1000; }; }\n';
  const wrapper = (name: string, half: string) =>
    file(`bin/${name}`, `#!/bin/sh\n${hang}${half}\nexec /usr/bin/${name} "$@"\n`, 0o755);
  wrapper("dpkg-deb", 'if [ "$1" = --extract ]; then mkdir -p "$3/usr"; hang dpkg-deb; fi');
  wrapper("tar", 'case "$*" in *xJ*) : > "$5/half"; hang tar;; esac');

  const script = `#!/bin/sh
set -eu
${hang}
case $1 in
configure)
  echo "# half" > .config
  hang configure
  cat "$2" > .config
  ;;
compile)
  for each in a b; do
    [ ! -e "$each.o" ] || continue
    echo "  CC      $each.o"
    echo "$each" >> "$FOLDER/compiled"
    [ "$each" = a ] || hang compile
    echo "$each" > "$each.o"
  done
  mkdir -p arch/x86/boot include/config
  { head -c 497 /dev/zero; printf '\\001'; head -c 1550 /dev/zero; } > arch/x86/boot/bzImage
  cat a.o b.o .config > vmlinux.bin
  printf '00100000 A phys_startup_32\\nc0100000 T _text\\nc0200000 B _end\\n' > System.map
  echo 1.0-small > include/config/kernel.release
  ;;
esac
`;
  file("guest/kernel/build.sh", script, 0o755);
  file("program/Makefile", "program:\n\tsh make.sh\n");
  file("program/make.sh", `${hang}echo half > object\nhang make\necho whole > program\n`);
  copyFileSync(join(template, "source.deb"), join(home, "source.deb"));
}

/** A package that is a program's and a kernel's source as well. */
function makePackage(home: string): void {
  const file = (path: string, text: string) => {
    mkdirSync(join(home, path, ".."), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  file(
    "deb/DEBIAN/control",
    "Package: small\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.x>\nDescription: x\n",
  );
  file("deb/usr/share/small/hello", "hello");
  file("kernel-source/linux/Makefile", "all:\n");
  mkdirSync(join(home, "deb/usr/src"), { recursive: true });
  const archive = join(home, "deb/usr/src/small.tar.xz");
  execFileSync("tar", ["cJf", archive, "-C", join(home, "kernel-source"), "linux"]);
  const build = ["--root-owner-group", "--build", join(home, "deb"), join(home, "source.deb")];
  execFileSync("dpkg-deb", build, { stdio: "ignore" });
}
