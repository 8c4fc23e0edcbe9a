import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { AGENT_PORT } from "../../src/machine/agent-protocol.ts";
import type { GuestSource } from "../../src/machine/files.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { GuestMachine, Manifest, Snapshot } from "../../src/machine/manifest.ts";
import { folderSource, overlaySource, tryRestore } from "../../src/machine/node.ts";
import { bringUp, reach } from "../../src/machine/reach.ts";
import type { SavedState } from "../../src/machine/snapshot.ts";
import { sha256 } from "../../tools/guest/cache.ts";
import { takeSnapshot } from "../../tools/guest/snapshot.ts";
import { readGuestManifest } from "../../tools/lib/node-lab.ts";
import { GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** A restored clock may be late by what the restore took, on a busy computer. */
const CLOCK_SECONDS = 60;
const running: Machine[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const machine of running.splice(0)) machine.destroy();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "snapshot-"));
  folders.push(folder);
  return folder;
}

/** The published machine `linux` with some fields changed, without its snapshot, and the emulator. */
async function linuxWith(changes: Partial<GuestMachine>) {
  const { engine, machines } = await readGuestManifest(GUEST);
  if (!machines.linux) throw new Error("the manifest has a machine linux");
  const { snapshot: _, ...linux } = machines.linux;
  return { engine, linux: { ...linux, ...changes } };
}

/** The published files, with that machine in the manifest and its snapshot's state. */
function sourceOf(
  engine: Manifest["engine"],
  linux: GuestMachine,
  state: Uint8Array<ArrayBuffer>,
): GuestSource {
  const manifest: Manifest = { schema: 1, engine, machines: { linux } };
  const path = linux.snapshot?.state.path ?? "";
  const files = { "manifest.json": JSON.stringify(manifest), [path]: state };
  return overlaySource(files, folderSource(GUEST));
}

/** A machine at its prompt, and the shell there. */
async function started(source: GuestSource = folderSource(GUEST)) {
  const machine = new Machine("linux", source);
  running.push(machine);
  const shell = new Shell(machine, 0);
  await bringUp(machine);
  return { machine, shell, run: async (line: string) => (await shell.run(line, OPTIONS)).output };
}

describe("a snapshot", () => {
  it.each([64, 128, 256, 512])(
    "of %i MiB is restored, with new random bits and the time of now",
    async (memoryMiB) => {
      const { engine, linux } = await linuxWith({ memoryMiB });
      const folder = temporaryFolder();
      const snapshot = await takeSnapshot(folder, GUEST, "linux", linux, engine);
      const state = new Uint8Array(readFileSync(join(folder, snapshot.state.path)));
      const { machine, run } = await started(sourceOf(engine, { ...linux, snapshot }, state));

      const total = Number(await run("grep MemTotal /proc/meminfo | tr -dc 0-9")) / 1024;
      // Firmware, kernel and v86, which gives the guest 16 MiB less, have a part.
      expect(total).toBeGreaterThan(memoryMiB / 2);
      expect(total).toBeLessThanOrEqual(memoryMiB);
      expect(await run("readlink -f /usr/local/bin/unshare")).toBe("/srv/tools/bin/unshare");
      const seconds = Number(await run("date +%s"));
      expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(CLOCK_SECONDS);

      const bits = "cat /proc/sys/kernel/random/boot_id; echo $SRANDOM";
      const first = await run(bits);
      const act = () => machine.restore();
      const { boot } = await reach(machine, "ready", { act, afresh: true });
      expect(boot.from).toBe("snapshot");
      const second = await run(bits);
      expect(first).toMatch(/^[0-9a-f-]{36}\n\d+$/);
      for (const [at, line] of second.split("\n").entries())
        expect(line).not.toBe(first.split("\n")[at]);
    },
  );

  it("of a machine that does not start is refused with what it said, and nothing is kept", async () => {
    const cmdline = "console=ttyS0 rdinit=/bin/nothing";
    const { engine, linux } = await linuxWith({ cmdline });
    const folder = join(temporaryFolder(), "cache");
    const taken = takeSnapshot(folder, GUEST, "linux", linux, engine);
    await expect(taken).rejects.toThrow(/linux: no snapshot could be taken: .*crashed/);
    await expect(taken).rejects.toThrow(/Kernel panic - not syncing/);
    await expect(taken).rejects.toThrow(/run the same command again/);
    expect(existsSync(folder)).toBe(false);
  });

  it("whose machine answers wrongly is refused with what it said", async () => {
    const { machine, run } = await started();
    await run("alias echo='echo nonsense'");
    const { engine, linux } = await linuxWith({});
    const { snapshot, stored } = recordOf(linux, engine, await machine.save());
    const tried = tryRestore("linux", sourceOf(engine, { ...linux, snapshot }, stored));
    await expect(tried).rejects.toMatchObject({
      name: "SnapshotError",
      reason: expect.stringContaining('printed "nonsense 42", not "42"'),
      lastLines: expect.arrayContaining([expect.stringContaining("nonsense 42")]),
    });
  });
});

describe("saving", () => {
  it("withstands garbage on the agent's port", async () => {
    const { machine, run } = await started();
    machine.input(
      AGENT_PORT,
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 167) & 255),
    );
    const saved = machine.save();
    machine.input(AGENT_PORT, `{"id":0}\n[]\n{"id":3,"op":"pre\n`);
    await saved;
    machine.resume();
    expect(await run("echo alive")).toBe("alive");
  });

  it("goes on where the agent was killed before it", async () => {
    const { machine, run } = await started();
    await Promise.all([agentEnd(machine), run("kill -9 $(pgrep -x agent)")]);
    await machine.save();
    expect(machine.status.state).toBe("paused");
  });

  it.each([
    ["killed at it", "kill -9 $$", "its agent ended before it was ready (signal 9)"],
    [
      "another program",
      "head -c 3000 /dev/urandom",
      "its agent ended before it was ready (exit 0)",
    ],
  ])(
    "is refused where the agent is %s, with what the guest said",
    async (_what, script, reason) => {
      const { machine, run } = await started();
      await Promise.all([agentEnd(machine), run("rm /sbin/agent; kill -9 $(pgrep -x agent)")]);
      await run(`echo '#!/bin/bash' > /sbin/agent; echo '${script}' >> /sbin/agent`);
      await run("chmod +x /sbin/agent");
      await expectRefusal(machine, run, reason);
    },
  );

  it.each([
    [
      "the agent is stopped",
      "kill -STOP $(pgrep -x agent)",
      "its agent does not answer and is not at work",
    ],
    [
      "something runs",
      "while :; do :; done &",
      "it does not come to rest: programs are running in it",
    ],
  ])("is refused where %s, with what the guest said", async (_what, trouble, reason) => {
    const { machine, run } = await started();
    await run(trouble);
    await expectRefusal(machine, run, reason);
  });
});

type Run = (line: string) => Promise<string>;

/** That the machine is not saved, and goes on. */
async function expectRefusal(machine: Machine, run: Run, reason: string): Promise<void> {
  await run("echo the last line > /dev/ttyS0");
  // Without the state, which a failed comparison would print.
  const saved = machine.save().then(() => "saved");
  await expect(saved).rejects.toMatchObject({
    name: "SnapshotError",
    reason,
    lastLines: expect.arrayContaining(["the last line"]),
  });
  expect(machine.status.state).toBe("ready");
  expect(await run("echo alive")).toBe("alive");
}

/** Waits until init has said that the agent has ended: the port is its own again. */
function agentEnd(machine: Machine): Promise<void> {
  return new Promise((resolve) => {
    const stop = machine.subscribe((event) => {
      if (event.type !== "output" || event.terminal !== AGENT_PORT) return;
      if (!new TextDecoder().decode(event.data).includes('"ended"')) return;
      stop();
      resolve();
    });
  });
}

/** A snapshot's record, and its state as it is stored. */
function recordOf(linux: GuestMachine, engine: Manifest["engine"], saved: SavedState) {
  const stored = new Uint8Array(zstdCompressSync(saved.state));
  const snapshot: Snapshot = {
    state: {
      path: "linux/snapshot.bin",
      size: stored.length,
      sha256: sha256(stored),
      encoding: "zstd",
      rawSize: saved.state.length,
    },
    engine: engine.wasm.sha256,
    machine: linux.inputHash,
    terminal: "",
    share: saved.share,
    instructions: saved.instructions,
  };
  return { snapshot, stored };
}
