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
