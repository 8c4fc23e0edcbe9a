import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
let machine: MachinePort | undefined;

afterEach(() => machine?.destroy());

describe("a command typed where the reader has left the line editor", () => {
  it.each([
    ["with half a command", "half a comma"],
    ["with a completion that asks whether to list all", "\t\t"],
    ["in the pages of a completion's list", "\t\ty"],
    ["in a search", "\u0012abc"],
    ["in an open quote", "echo it's\r"],
    ["in an open loop", "for i in 1 2; do\r"],
    ["in a document that has not ended", "cat <<END\rone\r"],
    ["in vi's command mode", "set -o vi\recho x\u001b"],
    ["with a quoted insertion that waits for its character", "\u0016"],
    ["with a line of many screens", "x".repeat(3000)],
  ])("%s, is the command, and nothing else", async (_, keys) => {
    machine = nodeMachine("linux", GUEST);
    const shell = new Shell(machine, 0);
    await bringUp(machine);
    machine.input(0, keys);
    expect(await shell.run("echo alive", OPTIONS)).toMatchObject({ output: "alive", exit: 0 });
    expect(await shell.run("echo again", OPTIONS)).toMatchObject({ output: "again", exit: 0 });
  });
});

describe("a terminal in which no prompt can be seen", () => {
  it.each(["sh", "exec sh", "bash --norc", "PS1='$ '", "vi", "cat"])(
    "after %s is told by its name, and nothing is typed into it",
    async (command) => {
      machine = nodeMachine("linux", GUEST);
      const shell = new Shell(machine, 0, "outside");
      await bringUp(machine);
      const terminal = machine.terminals.of(0);
      const entered = new Promise<void>((resolve) => {
        terminal.follow((piece) => "mark" in piece && piece.mark === "C" && resolve());
      });
      machine.input(0, `${command}\r`);
      await entered;
      await expect(shell.run("echo alive", OPTIONS)).rejects.toMatchObject({
        data: { code: "busy", params: { terminal: "outside" } },
      });
    },
  );
});
