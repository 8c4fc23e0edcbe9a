import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import { bringUp, reach } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";

/** Docker's commands take seconds, and the computer may be busy. */
const OPTIONS = { typingMs: 0, limitSeconds: 240 };
/** From Enter to the next prompt: 170 million from the snapshot, measured, and some room. */
const RUN_INSTRUCTIONS = 190e6;
const RUN = "docker run --rm busybox";

/** Layers, limits, storage, volumes and the engine's death are experiments, which are tested like all. */
describe("Docker Engine in the machine docker", () => {
  const machine = nodeMachine("docker", GUEST);
  const shell = new Shell(machine, 0);
  const run = async (command: string) => (await shell.run(command, OPTIONS)).output;

  beforeAll(() => bringUp(machine));
  afterAll(() => machine.destroy());

  it("says what it is", async () => {
    const version = "docker version --format '{{.Client.Version}} {{.Server.Version}}'";
    expect(await run(version)).toMatch(/^26\.1\.\S+ 28\.5\.\S+$/);
    const info = await run("docker info");
    for (const line of [
      /Storage Driver: overlay2/,
      /Cgroup Driver: cgroupfs/,
      /Cgroup Version: 2/,
      /Default Runtime: crun/,
      /Kernel Version: 6\.1\.\d+-one-kernel/,
      /Architecture: i686/,
      /Name: docker/,
    ])
      expect(info).toMatch(line);
  });

  it("runs a container on the default bridge, with an address and a way out", async () => {
    const { output, exit, instructions } = await shell.run(`${RUN} echo hi`, OPTIONS);
    expect({ output, exit }).toEqual({ output: "hi", exit: 0 });
    expect(instructions).toBeLessThan(RUN_INSTRUCTIONS);
    const inside = await run(`${RUN} sh -c 'ip -4 addr show eth0; ip route; exit 3'; echo $?`);
    expect(inside).toMatch(/inet 172\.17\.0\.\d+\/16/);
    expect(inside).toContain("default via 172.17.0.1 dev eth0");
    expect(await run("iptables -t nat -S POSTROUTING")).toContain(
      "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    );
    expect(inside).toMatch(/\n3$/);
  });

  it("starts one in the background, is asked about it, and publishes its port", async () => {
    const script = "mkdir /www; echo served >/www/index.html; httpd -f -h /www";
    await run(`docker run -d --name web -p 8080:80 busybox sh -c '${script}'`);
    expect(await run("docker ps --format '{{.Names}} {{.Ports}}'")).toMatch(
      /^web 0\.0\.0\.0:8080->80\/tcp/,
    );
    expect(await run("docker exec web hostname -i")).toMatch(/^172\.17\.0\.\d+$/);
    expect(await run("busybox wget -qO- http://127.0.0.1:8080/")).toBe("served");
    expect(await run("docker rm -f web")).toBe("web");
  });

  it("keeps what a container prints, how it ended, and its share of the processor", async () => {
    const script = "echo out; echo err >&2; cat /sys/fs/cgroup/cpu.max; exit 3";
    await run(`docker run --name said --cpus 0.5 busybox sh -c '${script}'`);
    expect((await run("docker logs said 2>&1")).split("\n").sort()).toEqual([
      "50000 100000",
      "err",
      "out",
    ]);
    expect(await run("docker inspect -f '{{.State.ExitCode}}' said")).toBe("3");
    // The page names it among what does not work here.
    expect(await run("docker cp /etc/hosts said:/tmp/ 2>&1")).toMatch(
      /chmod \S+: via \/proc\/self\/fd\/\d+: no such file or directory/,
    );
    await run("docker cp said:/etc/passwd /tmp/passwd && docker rm said");
    expect(await run("head -n 1 /tmp/passwd")).toMatch(/^root:/);
  });

  it("says which images are here where Docker Hub is asked for another, and only there", async () => {
    const images = "app-new app-old bookworm bullseye busybox forky hello newer";
    const { output, exit } = await shell.run("docker pull nginx", OPTIONS);
    expect(exit).toBe(1);
    expect(output).toContain(`These images are here: ${images}`);
    expect(output).toContain(`这里有这些镜像：${images}`);
    const wrong = await shell.run("docker inspect nginx", OPTIONS);
    expect(wrong).toMatchObject({ exit: 1 });
    expect(wrong.output).not.toContain("images are here");
    // Another shell has not asked, and says nothing of it.
    const other = await new Shell(machine, 1).run("docker inspect nginx", OPTIONS);
    expect(other).toMatchObject({ exit: 1 });
    expect(other.output).not.toContain("images are here");
  });

  it("has what chapters show of control groups, networks and walls", async () => {
    // The first line is `some`, what tasks waited for.
    expect(await run("cat /proc/pressure/memory")).toMatch(/^some avg10=/);
    expect(await run("cat /sys/fs/cgroup/docker/memory.swap.max")).toBe("max");
    expect(await run("ls -1 /dev/loop0 /dev/net/tun && grep -w ext2 /proc/filesystems")).toMatch(
      /loop0\n.*tun\n\s*ext2$/,
    );
    for (const kind of ["dummy", "macvlan", "ipvlan"])
      expect(
        await shell.run(`ip link add link eth0 name x0 type ${kind} && ip link del x0`, OPTIONS),
      ).toMatchObject({ exit: 0 });
    const options = ["SECURITY_LANDLOCK", "FANOTIFY", "PROC_EVENTS", "NET_SCH_NETEM"];
    const config = await run("gunzip -c /proc/config.gz");
    for (const option of options) expect(config).toContain(`CONFIG_${option}=y`);
  });

  it("gives the containers of a network names", async () => {
    await run(
      "docker network create lab && docker run -d --network lab --name one busybox sleep 99",
    );
    expect(await run("docker run --rm --network lab busybox ping -c 1 -W 5 one")).toContain(
      "1 packets received",
    );
    await run("docker rm -f one && docker network rm lab");
  });

  it("draws other identifiers after each restore", async () => {
    const create = "docker network create some";
    const first = await run(create);
    const act = () => machine.restore();
    await reach(machine, "ready", { act, afresh: true });
    const second = await run(create);
    for (const id of [first, second]) expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(second).not.toBe(first);
  });
});
