import { expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";

/** How long the page has been open, and how coarse its clock is: a hundred times a browser's. */
const PAGE_AGE_MS = 100_000;
const STEP_MS = 10;
/** The snapshot's machine had been up for some three seconds, and a slow computer takes some more. */
const MOST_SECONDS = 30;

it("a restored machine's clock goes on from the snapshot, however old and coarse the page's is", async () => {
  const precise = performance.now.bind(performance);
  performance.now = () => PAGE_AGE_MS + Math.floor(precise() / STEP_MS) * STEP_MS;
  try {
    // v86 takes hold of the clock when it is loaded.
    const { nodeMachine } = await import("../../src/machine/node.ts");
    const machine = nodeMachine("linux", GUEST);
    const shell = new Shell(machine, 0);
    await bringUp(machine);
    const { output } = await shell.run("cat /proc/uptime", { typingMs: 0, limitSeconds: 60 });
    machine.destroy();
    expect(Number.parseFloat(output)).toBeGreaterThan(1);
    expect(Number.parseFloat(output)).toBeLessThan(MOST_SECONDS);
  } finally {
    performance.now = precise;
  }
});
