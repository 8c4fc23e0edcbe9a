import { afterAll, beforeAll, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { type ShellMark, ShellMarkParser, type ShellPiece } from "../../src/machine/shell-marks.ts";
import { GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
const INTERRUPT = "\u0003";

let machine: MachinePort;
let shell: Shell;
/** Which shell answers. */
let aid: string;

beforeAll(async () => {
  machine = nodeMachine("linux", GUEST);
  shell = new Shell(machine, 0);
  await bringUp(machine);
  aid = (await shell.run("echo $__aid", OPTIONS)).output;
});

afterAll(() => machine.destroy());

/** Types something, and gives the marks that follow, up to the one that is waited for. */
function marksAfter(typed: string, last: ShellMark["mark"]): Promise<ShellMark[]> {
  const parser = new ShellMarkParser();
  const marks: ShellMark[] = [];
  return new Promise((resolve) => {
    const take = (piece: ShellPiece) => {
      if (!("mark" in piece)) return;
      marks.push(piece);
      if (piece.mark !== last) return;
      stop();
      resolve(marks);
    };
    const stop = machine.subscribe((event) => {
      if (event.type === "output" && event.terminal === 0) parser.push(event.data).forEach(take);
    });
    machine.input(0, typed);
  });
}

it.each([
  ["an open quote", "echo it's\r"],
  ["an open compound command", "for i in 1 2\r"],
  ["a line that goes on", "echo a \\\r"],
  ["a document that has not ended", "cat <<end\r"],
])("a continuation is marked: %s", async (_what, typed) => {
  expect((await marksAfter(typed, "P")).at(-1)).toEqual({ mark: "P", kind: "s", aid });
  const left = await marksAfter(INTERRUPT, "B");
  expect(left.map(({ mark }) => mark)).toEqual(["D", "A", "B"]);
  expect((await shell.run("echo here", OPTIONS)).output).toBe("here");
});

it("so is what select asks", async () => {
  const marks = await marksAfter("select name in a b; do break; done\r", "P");
  expect(marks).toEqual([
    { mark: "C", aid },
    { mark: "P", kind: "s", aid },
  ]);
  await marksAfter("1\r", "B");
  expect((await shell.run("echo $name", OPTIONS)).output).toBe("a");
});
