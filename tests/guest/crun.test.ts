import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { PATIENCE } from "./waits.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };

describe("crun in the machine linux", () => {
  const machine = nodeMachine("linux", GUEST);
  const shell = new Shell(machine, 0);
  const run = async (command: string) => (await shell.run(command, OPTIONS)).output;
  const statusOf = async (id: string) =>
    (await run("crun list"))
      .split("\n")
      .find((line) => line.startsWith(`${id} `))
      ?.split(/ +/)[2];

  beforeAll(async () => {
    await bringUp(machine);
    await run(
      "mkdir -p /tmp/bundle/rootfs/bin /tmp/bundle/rootfs/tmp && cd /tmp/bundle && crun spec",
    );
    await run("cp /usr/bin/busybox rootfs/bin && ln -s busybox rootfs/bin/sh");
    await run(
      `sed -i 's/"sh"/"busybox", "sleep", "1000"/; s/"terminal": true/"terminal": false/' config.json`,
    );
  });
  afterAll(() => machine.destroy());

  it("has what a runtime needs here, and no systemd", async () => {
    const version = await run("crun --version");
    for (const part of ["+CAP", "+SECCOMP", "+EBPF"]) expect(version).toContain(part);
    expect(version).not.toContain("SYSTEMD");
  });

  it("starts, limits, pauses and ends a container", async () => {
    await run("crun run -d c1 < /dev/null > /dev/null 2>&1");
    expect(await statusOf("c1")).toBe("running");
    expect(await run("crun state c1")).toContain('"bundle": "/tmp/bundle"');
    expect(await run("crun exec c1 busybox hostname")).toBe("crun");
    expect(await run("crun ps c1 | wc -l")).toBe("2");
    await run("crun update --pids-limit 7 c1");
    expect(await run("cat /sys/fs/cgroup/c1/pids.max")).toBe("7");
    await run("crun pause c1");
    expect(await statusOf("c1")).toBe("paused");
    await run("crun resume c1; crun kill c1 KILL");
    await expect.poll(() => statusOf("c1"), PATIENCE).toBe("stopped");
    expect(await run("crun delete c1; crun list | wc -l")).toBe("1");
  });

  it("creates a container and starts it later", async () => {
    await run("crun create c2 < /dev/null > /dev/null 2>&1");
    expect(await statusOf("c2")).toBe("created");
    await run("crun start c2");
    expect(await statusOf("c2")).toBe("running");
    await run("crun delete --force c2");
    expect(await statusOf("c2")).toBeUndefined();
  });

  it("keeps a container to its capabilities and system calls", async () => {
    const profile =
      '"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}';
    await run(
      `sed -i 's|"sleep", "1000"|"sh", "-c", "busybox mkdir /tmp/x; busybox grep -e CapBnd -e Seccomp: /proc/self/status"|; s/"linux": {/&${profile},/' config.json`,
    );
    const output = await run("crun run c3");
    expect(output).toContain("mkdir: can't create directory '/tmp/x': Operation not permitted");
    expect(output).toMatch(/CapBnd:\s+0000000020000420/);
    expect(output).toMatch(/Seccomp:\s+2/);
  });
});
