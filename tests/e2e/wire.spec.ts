import { readdirSync } from "node:fs";
import { expect, test } from "@playwright/test";

test.setTimeout(300_000);

/** The built machine worker: pages reach it only through the lab, which has one machine a page yet. */
function workerPath(): string {
  const name = readdirSync("dist/_astro").find((file) => /^worker-.*\.js$/.test(file));
  if (!name) throw new Error("dist/_astro has no worker: build the site first");
  return `/_astro/${name}`;
}

test("two machines on one page, joined by a wire, ping each other", async ({ page }) => {
  await page.goto("/en/");
  const answer = await page.evaluate(async (worker) => {
    const commands = [
      "ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up; echo done $?",
      "ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up; ping -c 3 10.0.0.1; echo done $?",
    ];
    const start = (machine: string, number: number) => {
      const port = new Worker(worker, { type: "module" });
      const guestUrl = new URL("/images/guest/", location.href).href;
      port.postMessage({
        type: "init",
        machine,
        options: { mac: `02:00:00:00:00:0${number}` },
        guestUrl,
      });
      port.postMessage({ type: "wire", attached: true });
      port.postMessage({ type: "start" });
      return port;
    };
    const workers = [start("linux", 1), start("linux-b", 2)];
    const texts = ["", ""];
    /** Told of each piece of output. */
    let heard = () => {};
    const said = (index: number, what: RegExp) =>
      new Promise<void>((resolve) => {
        heard = () => what.test(texts[index] ?? "") && resolve();
        heard();
      });
    const ready = workers.map(
      (port, index) =>
        new Promise<void>((resolve, reject) => {
          port.addEventListener("message", ({ data }) => {
            if (data.type === "frame") workers[1 - index]?.postMessage(data);
            if (data.type === "output" && data.terminal === 0) {
              texts[index] += new TextDecoder().decode(data.data);
              heard();
            }
            if (data.type !== "status") return;
            if (data.status.state === "ready") resolve();
            if (data.status.state === "failed") reject(new Error(JSON.stringify(data.status)));
          });
        }),
    );
    await Promise.all(ready);
    for (const [index, command] of commands.entries()) {
      const data = new TextEncoder().encode(`${command}\r`);
      workers[index]?.postMessage({ type: "input", terminal: 0, data });
      await said(index, /done \d/);
    }
    for (const port of workers) port.terminate();
    return texts[1];
  }, workerPath());
  expect(answer).toContain("3 packets transmitted, 3 packets received, 0% packet loss");
  expect(answer).toContain("done 0");
});
