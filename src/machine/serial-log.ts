import stripAnsi from "strip-ansi";

/** How much of the kernel's console is kept to show after a crash. */
const KEPT_LINES = 40;
/** A line is cut here, so that a guest that never ends its line cannot fill memory. */
const LONGEST_LINE = 1000;

/** Gathers the serial port's single bytes into chunks for the page and lines for crash reports. */
export class SerialLog {
  #lines: string[] = [];
  #line = "";
  #chunk: number[] = [];

  /**
   * Takes one byte. `emit` gets whole lines, or what has come when the guest pauses for a moment.
   * @returns the line this byte completed
   */
  push(byte: number, emit: (data: Uint8Array) => void): string | undefined {
    if (this.#chunk.length === 0) setTimeout(() => this.#flush(emit), 20);
    this.#chunk.push(byte);
    if (byte !== 10 && this.#line.length < LONGEST_LINE) {
      if (byte !== 13) this.#line += String.fromCharCode(byte);
      return undefined;
    }
    const line = this.#line;
    this.#line = "";
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    return line;
  }

  /** The end of the console, oldest first, without control sequences and blank lines. */
  lastLines(): string[] {
    return [...this.#lines, this.#line].map(stripAnsi).filter((line) => line.trim() !== "");
  }

  #flush(emit: (data: Uint8Array) => void): void {
    const chunk = Uint8Array.from(this.#chunk);
    this.#chunk = [];
    if (chunk.length > 0) emit(chunk);
  }
}
