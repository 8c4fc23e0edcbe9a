import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import type { MachineErrorData } from "../../src/machine/errors.ts";
import { type Manifest, manifestSchema } from "../../src/machine/manifest.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachineOptions, MachinePort, MachineState } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { sharedFiles } from "../../tools/guest/share.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { PATIENCE, reach } from "./waits.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
const running: MachinePort[] = [];
const folders: string[] = [];

function linux(folder = GUEST, options: MachineOptions = { cold: true }): MachinePort {
  const machine = nodeMachine("linux", folder, options);
  running.push(machine);
  return machine;
}

/** From the snapshot, as readers start it. */
async function booted(folder = GUEST) {
  const machine = linux(folder, {});
  const shell = new Shell(machine, 0);
  await bringUp(machine);
  return { machine, shell };
}

afterEach(async () => {
  for (const machine of running.splice(0)) machine.destroy();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe("the machine linux", () => {
  it("tells each state on the way to its prompt, and what the boot took", async () => {
    const machine = linux();
    const states: MachineState[] = [];
    machine.subscribe((event) => {
      if (event.type === "status" && states.at(-1) !== event.status.state)
        states.push(event.status.state);
    });
    const ready = reach(machine, "ready");
    machine.start();
    const { boot } = await ready;
    expect(states).toEqual(["downloading", "booting", "ready"]);
    expect(boot.from).toBe("power-on");
    expect(boot.instructions).toBeGreaterThan(1e6);
    expect(boot.seconds).toBeGreaterThan(0);
  });

  it("counts progress in bytes up to the manifest's total", async () => {
    const machine = linux();
    let last = { received: 0, total: 0 };
    machine.subscribe((event) => {
      if (event.type !== "status" || event.status.state !== "downloading") return;
      expect(event.status.received).toBeGreaterThanOrEqual(last.received);
      last = event.status;
    });
    await bringUp(machine);
    const manifest = await readManifestFile(GUEST);
    const files = Object.values(linuxFiles(manifest));
    const total = files.reduce((sum, file) => sum + (file?.size ?? 0), manifest.engine.wasm.size);
    expect(last).toMatchObject({ received: total, total });
  });

  it("has the tools the book needs, and the kernel the manifest names", async () => {
    const { shell } = await booted();
    const tools = "bash unshare nsenter lsns setpriv crun ps ip mount";
    const found = await shell.run(`command -v ${tools} | wc -l; uname -r`, OPTIONS);
    const { kernelRelease } = (await readManifestFile(GUEST)).machines.linux ?? {};
    expect(found.output.split("\n").map((line) => line.trim())).toEqual(["9", kernelRelease]);
    expect((await shell.run("false", OPTIONS)).exit).toBe(1);
  });

  it("has Debian's modes: nobody but root makes a folder beside /etc", async () => {
    const { shell } = await booted();
    const modes = await shell.run("stat -c %a / /etc /root /tmp /var/tmp | xargs", OPTIONS);
    expect(modes.output).toBe("755 755 700 1777 1777");
    const user = "setpriv --reuid 1000 --regid 1000 --clear-groups";
    const beside = await shell.run(`${user} mkdir /etc2`, OPTIONS);
    expect(beside).toMatchObject({ exit: 1 });
    expect(beside.output).toContain("Permission denied");
    expect(await shell.run(`${user} mkdir /tmp/mine`, OPTIONS)).toMatchObject({ exit: 0 });
  });

  it("opens more terminals on demand and follows their size", async () => {
    const { machine, shell } = await booted();
    const second = new Shell(machine, 1);
    await second.ready();
    machine.resize(0, 101, 31);
    machine.resize(1, 77, 19);
    const size = async (of: Shell) => (await of.run("stty size", OPTIONS)).output;
    await expect.poll(() => size(shell), PATIENCE).toBe("31 101");
    await expect.poll(() => size(second), PATIENCE).toBe("19 77");
    expect((await second.run("tty", OPTIONS)).output).toBe("/dev/hvc1");
  });

  it("gives a terminal a new shell when its shell is left", async () => {
    const { machine } = await booted();
    const second = new Shell(machine, 1);
    await second.run("unshare --uts bash", OPTIONS);
    await second.home(OPTIONS);
    await second.run("exit", OPTIONS);
    await second.home(OPTIONS);
    expect((await second.run("echo $SHLVL", OPTIONS)).output).toBe("1");
  });

  it("edits and prints Chinese by characters, not bytes", async () => {
    const { machine, shell } = await booted();
    const second = new Shell(machine, 1);
    const backspace = "\u007f";
    machine.input(0, `echo 内核${backspace} > /tmp/typed\r`);
    const typed = await second.run("until [ -s /tmp/typed ]; do :; done; cat /tmp/typed", OPTIONS);
    expect(typed.output).toBe("内");
    await expect.poll(() => shell.atPrompt, PATIENCE).toBe(true);
    expect((await shell.run("echo 内核 | wc -m", OPTIONS)).output.trim()).toBe("3");
  });

  it("loses no byte of a long paste", async () => {
    const { shell } = await booted();
    const text = "0123456789".repeat(300);
    const { output } = await shell.run(`printf %s ${text} | wc -c`, OPTIONS);
    expect(output.trim()).toBe("3000");
  });

  it("stands still while paused", async () => {
    const { machine, shell } = await booted();
    const paused = reach(machine, "paused");
    machine.pause();
    await paused;
    const before = await machine.measure();
    // Another comes to its prompt meanwhile and does something.
    const other = await booted();
    await other.shell.run("echo busy", OPTIONS);
    expect(await machine.measure()).toEqual(before);
    machine.resume();
    expect((await shell.run("echo back", OPTIONS)).output).toBe("back");
  });

  it("tells a kernel panic with the console's last lines, and starts again", async () => {
    const { machine, shell } = await booted();
    const crashed = reach(machine, "crashed");
    const command = shell.run("echo c > /proc/sysrq-trigger", OPTIONS);
    await expect(command).rejects.toMatchObject({ data: { code: "crashed" } });
    const { cause, lastLines } = await crashed;
    expect(cause).toBe("panic");
    expect(lastLines.join("\n")).toContain("Kernel panic - not syncing");
    await bringUp(machine);
    expect((await shell.run("echo alive", OPTIONS)).output).toBe("alive");
  });

  it("does not take a text about panics for one", async () => {
    const { machine, shell } = await booted();
    const other = await booted();
    await shell.run("echo Kernel panic - not syncing", OPTIONS);
    await shell.run("echo Kernel panic - not syncing > /dev/ttyS0", OPTIONS);
    // A real one takes a moment to be told; one that begins later is told later.
    const crashed = reach(other.machine, "crashed");
    other.machine.input(0, "echo c > /proc/sysrq-trigger\r");
    await crashed;
    expect(machine.status.state).toBe("ready");
  });

  it("boots afresh when the guest reboots, and is off when it powers off", async () => {
    const { machine, shell } = await booted();
    const again = reach(machine, "booting");
    await expect(shell.run("reboot -f", OPTIONS)).rejects.toMatchObject({
      data: { code: "crashed" },
    });
    await again;
    await reach(machine, "ready");
    const off = reach(machine, "idle");
    await expect(shell.run("poweroff -f", OPTIONS)).rejects.toMatchObject({
      data: { code: "crashed" },
    });
    expect(await off).toEqual({ state: "idle", poweredOff: true });
  });

  it("has random bytes without looking for them, and others at each boot", async () => {
    const { machine, shell } = await booted();
    const before = await machine.measure();
    const first = await shell.run("echo $SRANDOM $SRANDOM $SRANDOM", OPTIONS);
    const after = await machine.measure();
    // Without a seed the kernel spins through some 400 million instructions here.
    expect(after.instructions - before.instructions).toBeLessThan(20e6);
    const booting = reach(machine, "booting");
    machine.reset();
    await booting;
    await reach(machine, "ready");
    const second = await shell.run("echo $SRANDOM $SRANDOM $SRANDOM", OPTIONS);
    expect(second.output).toMatch(/^\d+ \d+ \d+$/);
    expect(second.output).not.toBe(first.output);
  });

  it("boots while somebody types, and keeps it for the shell", async () => {
    const machine = linux();
    const shell = new Shell(machine, 0);
    const ready = reach(machine, "ready");
    const typing = setInterval(() => machine.input(0, "x"), 5);
    try {
      machine.start();
      await ready;
    } finally {
      clearInterval(typing);
    }
    expect((await shell.run("echo typed", OPTIONS)).output).toBe("typed");
  });

  it("is a new machine after a reset", async () => {
    const { machine, shell } = await booted();
    const bootId = () => shell.run("cat /proc/sys/kernel/random/boot_id", OPTIONS);
    const before = await bootId();
    const booting = reach(machine, "booting");
    machine.reset();
    await booting;
    await reach(machine, "ready");
    expect(before.output).toMatch(/^[0-9a-f-]{36}$/);
    expect((await bootId()).output).not.toBe(before.output);
  });
});

describe("the snapshot", () => {
  it("is at the prompt at once, with the time and random bits of now", async () => {
    const [first, second] = await Promise.all([booted(), booted()]);
    const { status } = first.machine;
    if (status.state !== "ready") throw new Error(`the machine is ${status.state}`);
    expect(status.boot.from).toBe("snapshot");
    expect(status.boot.instructions).toBeLessThan(3e6);
    const bootId = (shell: Shell) => shell.run("cat /proc/sys/kernel/random/boot_id", OPTIONS);
    const ids = await Promise.all([first, second].map(async ({ shell }) => bootId(shell)));
    expect(ids[0]?.output).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]?.output).not.toBe(ids[1]?.output);
    const { output } = await first.shell.run("date +%s", OPTIONS);
    expect(Math.abs(Number(output) - Date.now() / 1000)).toBeLessThan(120);
  });

  it("brings back what was wrecked", async () => {
    const { machine, shell } = await booted();
    await shell.run("rm -rf /usr /etc", OPTIONS);
    const booting = reach(machine, "booting");
    machine.restore();
    await booting;
    await reach(machine, "ready");
    expect((await shell.run("ls /etc/passwd", OPTIONS)).output).toBe("/etc/passwd");
  });

  it("fetches firmware, kernel and file system only for a reset", async () => {
    const { folder, manifest } = await copyOfGuest();
    const files = linuxFiles(manifest);
    await rm(join(folder, files.kernel.path));
    const { machine } = await booted(folder);
    const failed = reach(machine, "failed");
    machine.reset();
    expect((await failed).error).toMatchObject({
      code: "download",
      params: { file: files.kernel.path },
    });
  });

  it.each(["engine", "machine"] as const)(
    "of another %s is refused, and the machine boots",
    async (of) => {
      const { folder, manifest } = await copyOfGuest();
      const { snapshot } = manifest.machines.linux ?? {};
      if (!snapshot) throw new Error("the manifest's linux has a snapshot");
      const foreign = "0".repeat(64);
      snapshot[of] = foreign;
      await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
      const machine = linux(folder, {});
      const notices: unknown[] = [];
      machine.subscribe((event) => event.type === "notice" && notices.push(event.notice));
      await bringUp(machine);
      expect(notices).toMatchObject([
        { code: "snapshot", params: { machine: "linux", of, got: foreign } },
      ]);
      expect(machine.status).toMatchObject({ state: "ready", boot: { from: "power-on" } });
    },
  );
});

describe("shared files", () => {
  it("are read-only, and fetched when they are first read", async () => {
    const { machine, shell } = await booted();
    expect((await shell.run("readlink -f /usr/local/bin/unshare", OPTIONS)).output).toBe(
      "/srv/tools/bin/unshare",
    );
    const { output, exit } = await shell.run("touch /srv/README", OPTIONS);
    expect(output).toContain("Read-only file system");
    expect(exit).toBe(1);
    const { output: text } = await shell.run("unshare --uts hostname", OPTIONS);
    expect(text).toBe("linux");
    expect(machine.status.state).toBe("ready");
  });

  it("that do not arrive are an error of the command and a notice, until they do", async () => {
    const { folder, manifest } = await copyOfGuest();
    const index = linuxFiles(manifest).share;
    if (!index) throw new Error("the manifest's linux has a shared tree");
    const files = sharedFiles(folder, index);
    const { machine, shell } = await booted(folder);
    const notices: MachineErrorData[] = [];
    machine.subscribe((event) => event.type === "notice" && notices.push(event.notice));
    for (const { path } of files) await rename(join(folder, path), join(folder, `${path}.away`));
    const failed = await shell.run("cat /srv/README", OPTIONS);
    expect(failed.output).toContain("I/O error");
    expect(notices.map(({ code }) => code)).toContain("download");
    for (const { path, size } of files)
      await writeFile(join(folder, path), Buffer.alloc(size, "damaged"));
    expect((await shell.run("cat /srv/README", OPTIONS)).exit).toBe(1);
    expect(notices.map(({ code }) => code)).toContain("integrity");
    for (const { path } of files) await rename(join(folder, `${path}.away`), join(folder, path));
    expect((await shell.run("cat /srv/README", OPTIONS)).output).toContain("tools");
  });
});

describe("damaged machines", () => {
  it("refuses a file that is not the manifest's, and starts once it is mended", async () => {
    const { folder, manifest } = await copyOfGuest();
    const { kernel } = linuxFiles(manifest);
    const file = join(folder, kernel.path);
    const good = await readFile(file);
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(1000) ^ 1, 1000);
    await writeFile(file, bad);
    const machine = linux(folder);
    const failed = reach(machine, "failed");
    machine.start();
    expect((await failed).error).toMatchObject({
      code: "integrity",
      params: { file: kernel.path, expected: kernel.sha256 },
    });
    await writeFile(file, good);
    await bringUp(machine);
  });

  it("names the file that is missing and the machine that is unknown", async () => {
    const { folder, manifest } = await copyOfGuest();
    const { path } = linuxFiles(manifest).initrd;
    await rm(join(folder, path));
    const machine = linux(folder);
    const failed = reach(machine, "failed");
    machine.start();
    expect((await failed).error).toMatchObject({ code: "download", params: { file: path } });

    const nobody = nodeMachine("plan9", GUEST);
    running.push(nobody);
    const unknown = reach(nobody, "failed");
    nobody.start();
    expect((await unknown).error).toMatchObject({
      code: "unknown-machine",
      params: { id: "plan9" },
    });
  });
});

function linuxFiles({ machines }: Manifest) {
  const files = machines.linux?.files;
  if (!files || !("kernel" in files)) throw new Error("the manifest's linux has a kernel");
  return files;
}

async function readManifestFile(folder: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
}

async function copyOfGuest() {
  const folder = await mkdtemp(join(tmpdir(), "guest-"));
  folders.push(folder);
  await cp(GUEST, folder, { recursive: true });
  return { folder, manifest: await readManifestFile(folder) };
}
