import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { PATIENCE, reach } from "./waits.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
const INTERRUPTED = { data: { code: "crashed" } };
const running: MachinePort[] = [];

afterEach(() => {
  for (const machine of running.splice(0)) machine.destroy();
});

async function boot(id: string) {
  const machine = nodeMachine(id, GUEST);
  running.push(machine);
  const shell = new Shell(machine, 0);
  await bringUp(machine);
  const run = async (command: string) => (await shell.run(command, OPTIONS)).output;
  const { boot } = await machineReady(machine);
  return { machine, shell, run, boot };
}

async function machineReady({ status }: MachinePort) {
  if (status.state !== "ready") throw new Error(`the machine is ${status.state}`);
  return status;
}

describe("linux and linux-b, side by side", () => {
  it("are two kernels, two boots and two host names", async () => {
    const machines = [await boot("linux"), await boot("linux-b")];
    const ask = (command: string) => Promise.all(machines.map(({ run }) => run(command)));
    const [release, releaseB] = await ask("uname -r");
    expect(release).toMatch(/^6\.1\./);
    expect(releaseB).toMatch(/^5\.10\./);
    expect(await ask("hostname")).toEqual(["linux", "linux-b"]);
    const [bootId, bootIdB] = await ask("cat /proc/sys/kernel/random/boot_id");
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(bootIdB).not.toBe(bootId);
    expect(await ask("tty")).toEqual(["/dev/hvc0", "/dev/hvc0"]);
  });

  it("linux-b follows its terminals' sizes and starts a container", async () => {
    const { machine, run } = await boot("linux-b");
    machine.resize(0, 101, 31);
    await expect.poll(() => run("stty size"), PATIENCE).toBe("31 101");
    expect((await run("unshare --pid --fork --mount-proc ps -o pid= -p 1")).trim()).toBe("1");
  });
});

describe("stock", () => {
  it("boots Debian's own kernel to a prompt on the serial port, and tells its panic", async () => {
    const { machine, shell, run, boot: figures } = await boot("stock");
    expect(await run("uname -r; tty; hostname")).toMatch(/^6\.1\.0-\d+-686\n\/dev\/ttyS0\nstock$/);
    expect(figures.instructions).toBeGreaterThan(2 ** 32);
    expect((await shell.run("false", OPTIONS)).exit).toBe(1);
    await run("echo Kernel panic - not syncing");
    const crashed = reach(machine, "crashed");
    const command = shell.run("echo c > /proc/sysrq-trigger", OPTIONS);
    await expect(command).rejects.toMatchObject(INTERRUPTED);
    const { cause, lastLines } = await crashed;
    expect(cause).toBe("panic");
    expect(lastLines.join("\n")).toMatch(/\[ .* Kernel panic - not syncing: sysrq/);
  });
});

describe("tiny-os", () => {
  it("is not Linux, and runs in ring 0 without paging", async () => {
    const { shell, run } = await boot("tiny-os");
    expect(await run("uname")).toBe("tiny-os");
    expect(await run("regs")).toMatch(/CR0 .*protected mode on, paging off\n.*\n.*ring 0$/m);
    expect(await run("mem")).toContain("15999 KiB");
    expect(await run("help")).toContain("uptime: ");
    expect(await run("echo 一个 kernel")).toBe("一个 kernel");
    expect((await shell.run("no-such", OPTIONS)).exit).toBe(127);
  });

  it("edits its line, and loses no byte of a fast one", async () => {
    const { run } = await boot("tiny-os");
    const backspace = "\u007f";
    expect(await run(`echo 内核${backspace}x`)).toBe("内x");
    const text = "0123456789".repeat(20);
    expect(await run(`echo ${text}`)).toBe(text);
  });

  it("counts time with its own timer, and stands still while paused", async () => {
    const { machine, run } = await boot("tiny-os");
    const ticks = async () => Number(/(\d+) ticks/.exec(await run("uptime"))?.[1]);
    const before = await ticks();
    await expect.poll(ticks, PATIENCE).toBeGreaterThan(before + 20);
    const paused = reach(machine, "paused");
    machine.pause();
    await paused;
    machine.resume();
    expect(await run("uname")).toBe("tiny-os");
  });

  it("starts afresh on reboot", async () => {
    const { machine, shell } = await boot("tiny-os");
    const again = reach(machine, "booting").then(() => reach(machine, "ready"));
    await expect(shell.run("reboot", OPTIONS)).rejects.toMatchObject(INTERRUPTED);
    await again;
    expect((await shell.run("uname -r", OPTIONS)).output).toMatch(/^\d+\.\d+$/);
  });

  it("is off after halt", async () => {
    const { machine, shell } = await boot("tiny-os");
    const off = reach(machine, "idle");
    await expect(shell.run("halt", OPTIONS)).rejects.toMatchObject(INTERRUPTED);
    expect(await off).toEqual({ state: "idle", poweredOff: true });
  });

  it("tells the panic that an invalid instruction in ring 0 is", async () => {
    const { machine, shell } = await boot("tiny-os");
    const crashed = reach(machine, "crashed");
    await expect(shell.run("panic", OPTIONS)).rejects.toMatchObject(INTERRUPTED);
    const { cause, lastLines } = await crashed;
    expect(cause).toBe("panic");
    expect(lastLines.at(-1)).toMatch(/Kernel panic - not syncing: invalid opcode at [0-9a-f]{8}$/);
  });
});
