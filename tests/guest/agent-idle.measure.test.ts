import { afterAll, beforeAll, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { AgentChannel } from "../../src/machine/agent.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { runsFor } from "./waits.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** The kernel has something to do of its own now and then: the quietest of so many seconds counts. */
const SECONDS = 3;
/** In a second: a hundredth of a millisecond of a computer of today. */
const MOST_INSTRUCTIONS = 12_500;
/** How often the kernel has let the agent run. */
const SWITCHES = "grep ctxt_switches /proc/$(pgrep -x agent)/status";

let machine: MachinePort;
let shell: Shell;

beforeAll(async () => {
  machine = nodeMachine("linux", GUEST, { cold: true });
  shell = new Shell(machine, 0);
  await bringUp(machine);
});
afterAll(() => machine.destroy());

const run = async (command: string) => (await shell.run(command, OPTIONS)).output;

/** Guest instructions of the quietest second. */
async function idle(): Promise<number> {
  const rates: number[] = [];
  while (rates.length < SECONDS) {
    const before = await machine.measure();
    await runsFor(machine, 1);
    const after = await machine.measure();
    rates.push((after.instructions - before.instructions) / (after.seconds - before.seconds));
  }
  return Math.min(...rates);
}

it("an idle machine runs as few instructions with the agent as without", async () => {
  // After its first command a machine has a little more to do than before.
  await run("true");
  const without = await idle();
  expect(await run("pgrep -x agent || echo none")).toBe("none");
  await new AgentChannel(machine).ask("clock");
  const before = await run(SWITCHES);
  const withAgent = await idle();
  expect(withAgent - without).toBeLessThan(MOST_INSTRUCTIONS);
  expect(before).toMatch(/^voluntary_ctxt_switches:\s+\d+\nnonvoluntary/);
  expect(await run(SWITCHES)).toBe(before);
});
