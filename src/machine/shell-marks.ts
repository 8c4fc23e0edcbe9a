/**
 * OSC 133 shell-integration marks, as in the FinalTerm/iTerm2/Per Bothner convention:
 * `ESC ] 133 ; A|B|C|D|P [; exit status] [; key=value]… BEL` (or `ESC \` in place of BEL).
 * A: prompt begins, B: prompt ends and input begins, C: output begins, D: command ended.
 * P: a prompt of the kind `k` begins. Kinds of the convention: `i` initial, `r` right, `c` and `s`
 * continuation, in which `c` can be edited as one with what came before and `s` cannot. Our guest's
 * bash marks PS2, and PS3 of select, with `s`.
 */
export type ShellMark =
  /** `n` numbers a shell's prompts (our guest's own key); one drawn again keeps its number. */
  | { mark: "A"; aid: string | undefined; n: string | undefined }
  | { mark: "B" | "C"; aid: string | undefined }
  | { mark: "P"; kind: string | undefined; aid: string | undefined }
  | { mark: "D"; aid: string | undefined; exit: number | undefined };

/** A piece of a terminal's stream: text between marks, or a mark. */
export type ShellPiece = { text: string } | ShellMark;

const ESC = "\u001b";
const BEL = "\u0007";
const STRING_TERMINATOR = `${ESC}\\`;
const INTRODUCER = `${ESC}]133;`;
/** A mark longer than this is not a mark: stops a stray introducer from swallowing the stream. */
const LONGEST_MARK = 256;

/** Splits a terminal's byte stream at its OSC 133 marks, however the stream is cut into chunks. */
export class ShellMarkParser {
  #decoder = new TextDecoder();
  #pending = "";

  /** Feeds one chunk; returns the pieces that are complete. */
  push(chunk: Uint8Array): ShellPiece[] {
    let rest = this.#pending + this.#decoder.decode(chunk, { stream: true });
    const pieces: ShellPiece[] = [];
    const text = (value: string) => value && pieces.push({ text: value });
    for (;;) {
      const start = rest.indexOf(INTRODUCER);
      if (start < 0) break;
      const body = rest.slice(start + INTRODUCER.length);
      const end = endOfMark(body.slice(0, LONGEST_MARK));
      if (!end) {
        if (body.length < LONGEST_MARK) break;
        text(rest.slice(0, start + INTRODUCER.length));
        rest = body;
        continue;
      }
      text(rest.slice(0, start));
      const mark = parseMark(body.slice(0, end.at));
      if (mark) pieces.push(mark);
      rest = body.slice(end.at + end.length);
    }
    const hold = heldBack(rest);
    text(rest.slice(0, rest.length - hold));
    this.#pending = hold ? rest.slice(-hold) : "";
    return pieces;
  }
}

/** Where a mark's terminator stands, and how long it is. */
function endOfMark(body: string): { at: number; length: number } | undefined {
  const ends = [BEL, STRING_TERMINATOR]
    .map((terminator) => ({ at: body.indexOf(terminator), length: terminator.length }))
    .filter(({ at }) => at >= 0);
  return ends.sort((a, b) => a.at - b.at)[0];
}

function parseMark(body: string): ShellMark | undefined {
  const [mark, ...fields] = body.split(";");
  const value = (key: string) =>
    fields.find((field) => field.startsWith(`${key}=`))?.slice(key.length + 1);
  const aid = value("aid");
  if (mark === "A") return { mark, aid, n: value("n") };
  if (mark === "B" || mark === "C") return { mark, aid };
  if (mark === "P") return { mark, kind: value("k"), aid };
  if (mark !== "D") return undefined;
  const exit = fields[0] && /^\d+$/.test(fields[0]) ? Number(fields[0]) : undefined;
  return { mark, aid, exit };
}

/** How many characters at the end of `rest` may belong to a mark that is not complete yet. */
function heldBack(rest: string): number {
  const start = rest.lastIndexOf(ESC);
  if (start < 0) return 0;
  const tail = rest.slice(start);
  const begun = rest.lastIndexOf(INTRODUCER);
  // A string terminator `ESC \` may itself be cut in two.
  if (begun >= 0 && !endOfMark(rest.slice(begun + INTRODUCER.length)))
    return Math.min(rest.length - begun, INTRODUCER.length + LONGEST_MARK);
  return INTRODUCER.startsWith(tail) ? tail.length : 0;
}
