const started = performance.now();

/** Prints one line about the build, with the time since it began. */
export function progress(line: string): void {
  console.log(`[${elapsed()}] ${line}`);
}

function elapsed(): string {
  const seconds = Math.floor((performance.now() - started) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Bytes for people: `12.3 MB`. */
export function bytes(count: number): string {
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** How far the present step is, in its own units: bytes of a download, files of a kernel. */
export interface Counted {
  done: number;
  /** How many of them an earlier build, which was stopped, had done. */
  before?: number;
  /** A file that grows meanwhile, whose bytes count too. */
  growing?: string;
}

let follower: ((counted: Counted) => void) | undefined;

/** Says how far the present step is, to whoever follows the build. */
export function count(counted: Counted): void {
  follower?.(counted);
}

/** Follows the counting of all steps; the last one to ask is told. */
export function followCounts(listener: typeof follower): void {
  follower = listener;
}
