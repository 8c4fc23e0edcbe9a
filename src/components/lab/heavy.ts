import type { MachineFacts } from "./guest-sizes.ts";
import type { PageMachine } from "./page-machine.ts";

/** What starting some machines costs the reader. */
export interface Load {
  /** Bytes to download. */
  bytes: number;
  /** MiB of the machines' own memory. */
  memoryMiB: number;
}

/**
 * Bytes of a download that nobody should begin unasked where bytes are dear or memory is short. The book's
 * small Linux takes 3.5 MB, a photograph in a page about as much.
 */
const LARGE_BYTES = 10_000_000;

/** What this browser says of itself and its connection; not all browsers do. */
interface Device {
  matchMedia(query: string): { matches: boolean };
  navigator: object;
}

/** The Network Information API, as far as it is used here; TypeScript does not know it. */
interface Connected {
  connection?: { saveData?: boolean; type?: string };
}

/**
 * What the reader has to be asked before these machines start.
 * @param machines  those that are about to be started
 * @returns undefined where nothing has to be asked: little is downloaded, or nothing more, or this is
 *   neither a phone nor a connection that counts bytes
 */
export function heavyLoad(
  machines: readonly Pick<PageMachine, "port">[],
  facts: Readonly<Record<string, MachineFacts>>,
  device: Device,
): Load | undefined {
  if (!isSmall(device) && !isMetered(device)) return undefined;
  const off = machines.filter(({ port: { status } }) => needsFiles(status.state));
  const load = off.reduce<Load>(
    (sum, { port }) => ({
      bytes: sum.bytes + (facts[port.id]?.bytes ?? 0),
      memoryMiB: sum.memoryMiB + (facts[port.id]?.memoryMiB ?? 0),
    }),
    { bytes: 0, memoryMiB: 0 },
  );
  return load.bytes >= LARGE_BYTES ? load : undefined;
}

function needsFiles(state: string): boolean {
  return state === "idle" || state === "failed";
}

/** A phone or a tablet: what points at it is a finger. */
function isSmall(device: Device): boolean {
  return device.matchMedia("(hover: none) and (pointer: coarse)").matches;
}

function isMetered({ navigator }: Device): boolean {
  const { connection } = navigator as Connected;
  return connection?.saveData === true || connection?.type === "cellular";
}
