import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { freePortAfter, isTaken, portOwner, takenText } from "../../tools/lib/port.ts";

/** Not every computer, or container, has IPv6. */
const LOCAL_IPV6 = (networkInterfaces().lo ?? []).some(({ address }) => address === "::1");
const ADDRESSES = ["127.0.0.1", "0.0.0.0", ...(LOCAL_IPV6 ? ["::1"] : [])];
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

async function listen(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

describe("a port", () => {
  it.each(ADDRESSES)("is taken by what listens at %s", async (host) => {
    expect(await isTaken(await listen(host))).toBe(true);
  });

  it("is free when nobody listens, and the next free one is found", async () => {
    const port = await listen("127.0.0.1");
    const next = await freePortAfter(port);
    expect(next).toBeGreaterThan(port);
    expect(await isTaken(next)).toBe(false);
  });

  it("is told with the process that has it, its command and its folder", async () => {
    const script = `require("node:net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    const child = spawn(process.execPath, ["-e", script], { cwd: "/tmp" });
    try {
      const port = Number(String((await once(child.stdout, "data"))[0]));
      const owner = portOwner(port);
      expect(owner).toMatchObject({ pid: child.pid, folder: "/tmp" });
      expect(owner?.command).toContain("require(");
      expect(takenText(port, "/elsewhere")).toMatch(
        new RegExp(`^Port ${port} is taken by process ${child.pid} \\(.+, started in /tmp\\)`),
      );
      expect(takenText(port, "/tmp/")).toContain(
        `the book is at http://localhost:${port}/ already`,
      );
    } finally {
      child.kill();
    }
  });

  it("is told without a name when nobody is seen to have it", () => {
    expect(takenText(1, "/")).toMatch(
      /^Port 1 is taken, by a process that this user may not look at/,
    );
  });
});
