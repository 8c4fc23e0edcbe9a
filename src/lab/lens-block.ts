/** A guest instruction. */
export interface GuestLine {
  /** Physical address of its first byte. */
  address: number;
  /** Its bytes in hexadecimal: `8b 42 04`. */
  bytes: string;
  /** As an assembler writes it: `mov eax, dword ptr [edx + 4]`. */
  text: string;
}

/** The WebAssembly of one basic block, and how many guest instructions it was made of. */
export interface WatBlock {
  guestInstructions: number;
  /** Without the indentation that the nesting around the block gives it. */
  lines: string[];
}

/** Distance of x86 pages; what v86 tells its helpers of an instruction is its place in its page. */
const PAGE_MASK = 0xfff;
/** v86's helpers for memory accesses that miss its TLB; they are told which instruction it was. */
const SLOW_ACCESS = /^\(import "\w+" "\w+_slow_jit" \(func \(;(\d+);\)/;
/** An instruction that reads or writes memory that its text names, and those that use the stack. */
const ACCESS = /ptr (?:\w\w:)?\[/;
const STACK = /^(?:push|pop|call|ret|leave)/;
const NO_ACCESS = /^(?:lea|nop)/;
/** What only opens or closes nesting. */
const NESTING = /^(?:block|loop|end)\b/;

/**
 * Finds what v86 0.5.462 made of the basic block that begins at one guest instruction.
 *
 * Each block's code begins by adding its number of instructions to a counter. Its memory accesses
 * name the place in the page of the instruction that makes them, so the block is known by those:
 * every place named must be that of one of the block's own instructions, and the block with most of
 * its accesses so named is taken. A block that names none, or two that fit as well, are not found.
 *
 * @param wat    a whole module as text, one instruction a line (not folded)
 * @param guest  instructions from the block's first one on, as far as its page goes
 */
export function findBlock(
  wat: readonly string[],
  guest: readonly GuestLine[],
): WatBlock | undefined {
  const code = wat.map((line) => line.trim());
  const counter = counterOf(code);
  if (counter === undefined) return undefined;
  const slow = new Set(code.map((line) => SLOW_ACCESS.exec(line)?.[1]).filter(Boolean));
  const starts = blockStarts(code, counter);
  const fitting = starts.flatMap((start, n) => {
    const end = starts[n + 1] ?? code.length;
    const count = constant(code[start + 1]) ?? 0;
    const own = guest.slice(0, count);
    if (own.length < count) return [];
    const named = placesNamed(code.slice(start, end), slow);
    const places = new Set(own.map(({ address }) => address & PAGE_MASK));
    if (named.size === 0 || ![...named].every((place) => places.has(place))) return [];
    const silent = own.filter(
      ({ address, text }) => accesses(text) && !named.has(address & PAGE_MASK),
    );
    return [{ start, end, count, silent: silent.length }];
  });
  fitting.sort((a, b) => a.silent - b.silent);
  const [best, second] = fitting;
  if (!best || second?.silent === best.silent) return undefined;
  return { guestInstructions: best.count, lines: dedented(ownLines(wat, best)) };
}

/** Lines that are WebAssembly instructions, and not only the end of one. */
export function wasmInstructions(lines: readonly string[]): number {
  return lines.filter((line) => !/^\s*(?:end|else)\b/.test(line)).length;
}

/** The local that counts instructions: the first that is compared with a limit, to leave in time. */
function counterOf(code: readonly string[]): string | undefined {
  const at = code.findIndex((line, i) => line === "i32.ge_u" && code[i + 1]?.startsWith("br_if"));
  return at < 2 ? undefined : /^local\.get (\d+)$/.exec(code[at - 2] ?? "")?.[1];
}

function blockStarts(code: readonly string[], counter: string): number[] {
  return code.flatMap((line, i) =>
    line === `local.get ${counter}` &&
    constant(code[i + 1]) !== undefined &&
    code[i + 2] === "i32.add" &&
    code[i + 3] === `local.set ${counter}`
      ? [i]
      : [],
  );
}

function constant(line: string | undefined): number | undefined {
  const value = /^i32\.const (-?\d+)$/.exec(line ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}

function placesNamed(code: readonly string[], slow: ReadonlySet<string | undefined>): Set<number> {
  const places = code.map((line, i) => {
    const callee = /^call (\d+)$/.exec(line)?.[1];
    return callee !== undefined && slow.has(callee) ? constant(code[i - 1]) : undefined;
  });
  return new Set(places.filter((place) => place !== undefined).map((place) => place & PAGE_MASK));
}

function accesses(text: string): boolean {
  return !NO_ACCESS.test(text) && (ACCESS.test(text) || STACK.test(text));
}

/** A block's lines without the nesting that follows it, which belongs to the next. */
function ownLines(
  wat: readonly string[],
  { start, end }: { start: number; end: number },
): string[] {
  const lines = wat.slice(start, end);
  const next = lines.findIndex((line) => /^\s*(?:loop|unreachable)\b/.test(line));
  if (next >= 0) lines.length = next;
  let depth = 0;
  const closed = lines.findIndex((line) => {
    if (/^\s*(?:block|if)\b/.test(line)) depth++;
    if (/^\s*end\b/.test(line)) depth--;
    return depth < 0;
  });
  if (closed >= 0) lines.length = closed;
  while (NESTING.test(lines.at(-1)?.trim() ?? "") && depth > 0) {
    lines.pop();
    depth--;
  }
  return lines;
}

function dedented(lines: readonly string[]): string[] {
  const indents = lines.map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least));
}
