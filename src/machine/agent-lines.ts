const LINE_END = 10;

/** Cuts a byte stream into lines, however it is chunked. Keeps no more than the longest line. */
export class LineSplitter {
  readonly #longest: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #dropped = 0;

  /** @param longest  bytes; a longer line is dropped whole */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** How many lines were too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Feeds one chunk; returns the lines it completed, empty ones left out. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      this.#keep(chunk.subarray(from, end));
      if (this.#length > this.#longest) this.#dropped++;
      else if (this.#length > 0) lines.push(decode(this.#pieces, this.#length));
      this.reset();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** Forgets a line that has begun. */
  reset(): void {
    this.#pieces = [];
    this.#length = 0;
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#longest) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece.slice());
  }
}

function decode(pieces: readonly Uint8Array[], length: number): string {
  const line = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    line.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder().decode(line);
}
