import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { GuestFile, GuestMachine } from "../../src/machine/manifest.ts";
import { ensurePackages } from "../lib/system-packages.ts";

const PROGRAM = "qemu-system-i386";
/** The end of the first prompt, as the guest's shell marks it. */
const PROMPT = "\u001b]133;B\u0007";
const LIMIT_MS = 120_000;

/**
 * Seconds from starting QEMU's emulation (no hardware virtualisation) to the first prompt, with
 * the kernel, initial file system, command line and memory of one of our Linux machines.
 */
export async function qemuBootSeconds(machine: GuestMachine, guest: string): Promise<number> {
  ensurePackages([{ command: PROGRAM, package: "qemu-system-x86" }]);
  if (!("kernel" in machine.files)) throw new Error("QEMU's -kernel boots Linux machines only");
  const { kernel, initrd } = machine.files;
  const folder = await mkdtemp(join(tmpdir(), "one-kernel-qemu-"));
  try {
    await unpack(guest, kernel, join(folder, "kernel"));
    await unpack(guest, initrd, join(folder, "initrd"));
    return await timeToPrompt([
      ...["-accel", "tcg", "-m", `${machine.memoryMiB}`, "-nodefaults", "-display", "none"],
      ...["-kernel", join(folder, "kernel"), "-initrd", join(folder, "initrd")],
      ...["-append", machine.cmdline ?? ""],
      ...["-device", "virtio-serial-pci,max_ports=4", "-chardev", "stdio,id=terminal"],
      ...["-device", "virtconsole,chardev=terminal,nr=0"],
      // The other ports of v86's console, so that init need not wait for them.
      ...[1, 2, 3].flatMap((port) => [
        ...["-chardev", `null,id=port${port}`],
        ...["-device", `virtconsole,chardev=port${port},nr=${port}`],
      ]),
      ...["-serial", "null"],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function unpack(guest: string, file: GuestFile, path: string): Promise<void> {
  const stored = await readFile(join(guest, file.path));
  await writeFile(path, file.encoding === "zstd" ? zstdDecompressSync(stored) : stored);
}

function timeToPrompt(args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const qemu = spawn(PROGRAM, args, { stdio: ["pipe", "pipe", "pipe"] });
    const limit = setTimeout(() => qemu.kill(), LIMIT_MS);
    let output = "";
    let complaint = "";
    qemu.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    qemu.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!output.includes(PROMPT)) return;
      resolve((performance.now() - start) / 1000);
      qemu.kill();
    });
    qemu.on("error", reject);
    qemu.on("close", () => {
      clearTimeout(limit);
      reject(
        new Error(
          `${PROGRAM} ended before the prompt; it printed: ${(output + complaint).slice(-500)}`,
        ),
      );
    });
  });
}
