import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { Wire } from "../../src/machine/wire.ts";
import { GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
const running: MachinePort[] = [];

afterEach(() => {
  for (const machine of running.splice(0)) machine.destroy();
});

/** A machine at the prompt of its snapshot, its network card up with address 10.0.0.`number`. */
async function boot(id: string, number: number) {
  const machine = nodeMachine(id, GUEST);
  running.push(machine);
  const shell = new Shell(machine, 0);
  await bringUp(machine);
  const run = (command: string) => shell.run(command, OPTIONS);
  await run(`ip addr add 10.0.0.${number}/24 dev eth0; ip link set eth0 up`);
  return { machine, run };
}

describe("two machines on a wire", () => {
  it("ping each other, whatever their kernels, until it is pulled out", async () => {
    const [a, b] = [await boot("linux", 1), await boot("linux-b", 2)];
    const wire = new Wire(a.machine, b.machine);
    expect((await a.run("cat /sys/class/net/eth0/address")).output).toBe("02:00:00:00:00:01");
    expect((await b.run("cat /sys/class/net/eth0/address")).output).toBe("02:00:00:00:00:02");
    const there = await a.run("ping -c 3 -i 0.2 10.0.0.2");
    expect(there).toMatchObject({ exit: 0 });
    expect(there.output).toContain("3 packets transmitted, 3 packets received, 0% packet loss");
    expect(await b.run("ping -c 3 -i 0.2 10.0.0.1")).toMatchObject({ exit: 0 });

    // More than one frame's worth, both ways at once.
    // Until it listens (state 0A) on port 80 (50 in hexadecimal).
    await b.run("nc -l -p 80 -e cat & until grep -q ':0050 .* 0A ' /proc/net/tcp*; do :; done");
    const sum = "head -c 200000 /dev/zero | nc -w 3 10.0.0.2 80 | wc -c";
    expect((await a.run(sum)).output.trim()).toBe("200000");

    wire.dispose();
    expect(await a.run("ping -c 1 -W 1 10.0.0.2")).toMatchObject({ exit: 1 });
  });

  it("keep their frames to themselves while none is plugged in", async () => {
    const { machine, run } = await boot("linux", 1);
    let frames = 0;
    machine.subscribe((event) => {
      if (event.type === "frame") frames++;
    });
    expect(await run("ping -c 1 -W 1 10.0.0.2")).toMatchObject({ exit: 1 });
    expect(frames).toBe(0);
    // A frame that no driver or no open interface takes is lost, and does no harm.
    await run("ip link set eth0 down");
    machine.frame(new Uint8Array(60));
    expect(await run("ip -br link show eth0")).toMatchObject({ exit: 0 });
  });
});
