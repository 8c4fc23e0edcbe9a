import { describe, expect, it } from "vitest";
import { ShellMarkParser, type ShellPiece } from "../../src/machine/shell-marks.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const A = "\u001b]133;A;aid=7;n=4\u0007";
const B = "\u001b]133;B\u0007";
const C = "\u001b]133;C;aid=7\u0007";
const D = "\u001b]133;D;2;aid=7\u001b\\";
const P = "\u001b]133;P;k=s;aid=7\u0007";
const STREAM = `boot\r\n${A}root# ${B}fal\\\r\n${P}> se\r\n${C}no\u001b[1m!\r\n${D}`;
const PIECES: ShellPiece[] = [
  { text: "boot\r\n" },
  { mark: "A", aid: "7", n: "4" },
  { text: "root# " },
  { mark: "B", aid: undefined },
  { text: "fal\\\r\n" },
  { mark: "P", kind: "s", aid: "7" },
  { text: "> se\r\n" },
  { mark: "C", aid: "7" },
  { text: "no\u001b[1m!\r\n" },
  { mark: "D", aid: "7", exit: 2 },
];

/** Neighbouring texts joined, so that results do not depend on how the stream was cut. */
function joined(pieces: ShellPiece[]): ShellPiece[] {
  const result: ShellPiece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last && "text" in last && "text" in piece) last.text += piece.text;
    else result.push({ ...piece });
  }
  return result;
}

describe("ShellMarkParser", () => {
  it("splits a stream at its marks, whether ended by BEL or ST", () => {
    expect(new ShellMarkParser().push(bytes(STREAM))).toEqual(PIECES);
  });

  it("gives the same pieces wherever the stream is cut", () => {
    const all = bytes(STREAM);
    for (let cut = 1; cut < all.length; cut++) {
      const parser = new ShellMarkParser();
      const pieces = [...parser.push(all.slice(0, cut)), ...parser.push(all.slice(cut))];
      expect(joined(pieces), `cut at ${cut}`).toEqual(PIECES);
    }
    const parser = new ShellMarkParser();
    expect(joined([...all].flatMap((byte) => parser.push(Uint8Array.of(byte))))).toEqual(PIECES);
  });

  it("keeps a character whose bytes arrive in two chunks", () => {
    const parser = new ShellMarkParser();
    const all = bytes("核");
    expect(joined([...parser.push(all.slice(0, 1)), ...parser.push(all.slice(1))])).toEqual([
      { text: "核" },
    ]);
  });

  it("does not wait for ever on an introducer that never ends", () => {
    const parser = new ShellMarkParser();
    parser.push(bytes("\u001b]133;"));
    const pieces = parser.push(bytes("x".repeat(400)));
    expect(joined(pieces)).toEqual([{ text: `\u001b]133;${"x".repeat(400)}` }]);
  });

  it("reads a prompt's kind where it is told", () => {
    const parser = new ShellMarkParser();
    expect(parser.push(bytes("\u001b]133;P;k=i\u0007\u001b]133;P\u0007"))).toEqual([
      { mark: "P", kind: "i", aid: undefined },
      { mark: "P", kind: undefined, aid: undefined },
    ]);
  });

  it("lets other escape sequences and unknown marks through or drops them", () => {
    const title = "\u001b]0;title\u0007";
    expect(joined(new ShellMarkParser().push(bytes(`${title}a\u001b]133;L\u0007b`)))).toEqual([
      { text: `${title}ab` },
    ]);
  });

  it("tells a prompt for the rest of a command from others", () => {
    expect(new ShellMarkParser().push(bytes("\u001b]133;P;k=s;aid=7\u0007> "))).toEqual([
      { mark: "P", kind: "s", aid: "7" },
      { text: "> " },
    ]);
  });
});
