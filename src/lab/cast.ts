/** One thing that happened on a terminal: `[seconds since the start, kind, data]`. */
export type CastEvent =
  /** Output, as the terminal received it. */
  | [seconds: number, kind: "o", data: string]
  /** A marker: the step that begins here. */
  | [seconds: number, kind: "m", label: string];

/** First line of an asciicast; `one-kernel` is ours, players pass over it. */
export interface CastHeader {
  version: 2;
  width: number;
  height: number;
  /** Unix time of the start. */
  timestamp: number;
  title: string;
  "one-kernel": {
    experiment: string;
    terminal: string;
    machine: string;
    /** Input hash of the machine, as in the guest manifest. */
    inputHash: string;
    /** Emulator and version. */
    engine: string;
    /** Guest instructions of that machine, from its last start to the end. */
    instructions: number;
  };
}

/** The text of a recording in asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/). */
export function castText(header: CastHeader, events: readonly CastEvent[]): string {
  const lines = events.map(([seconds, ...rest]) => JSON.stringify([round(seconds), ...rest]));
  return `${[JSON.stringify(header), ...lines].join("\n")}\n`;
}

/**
 * Reads what {@link castText} wrote.
 * @throws Error when it is no asciicast v2
 */
export function parseCast(text: string): { header: CastHeader; events: CastEvent[] } {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const header = JSON.parse(first) as CastHeader;
  if (header.version !== 2) throw new Error(`asciicast version ${header.version}, not 2`);
  return { header, events: lines.map((line) => JSON.parse(line) as CastEvent) };
}

/** Microseconds are as fine as players go. */
function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
