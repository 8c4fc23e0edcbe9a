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
 * @param stored  paths of files that need no download any more
 * @returns undefined where nothing has to be asked: little is downloaded, or nothing more, or this is
 *   neither a phone nor a connection that counts bytes
 */
export function heavyLoad(
  machines: readonly Pick<PageMachine, "port">[],
  facts: Readonly<Record<string, MachineFacts>>,
  device: Device,
  stored: ReadonlySet<string> = new Set(),
): Load | undefined {
  if (!isSmall(device) && !isMetered(device)) return undefined;
  const off = machines
    .filter(({ port: { status } }) => needsFiles(status.state))
    .flatMap(({ port }) => facts[port.id] ?? []);
  // The engine, which all have, comes once.
  const files: Record<string, number> = Object.assign({}, ...off.map((machine) => machine.files));
  const missing = Object.entries(files).filter(([path]) => !stored.has(path));
  const bytes = missing.reduce((sum, [, size]) => sum + size, 0);
  const memoryMiB = off.reduce((sum, machine) => sum + machine.memoryMiB, 0);
  return bytes >= LARGE_BYTES ? { bytes, memoryMiB } : undefined;
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

/**
 * Which of these files this browser has kept, from an earlier start or for reading offline.
 * @param folder  the address that the paths are below, with a final slash
 * @returns none where the browser tells nothing of what it keeps, as in a page that is not secure
 */
export async function storedFiles(
  paths: readonly string[],
  folder: string,
  storage: Pick<CacheStorage, "match"> | undefined = ownStorage(),
): Promise<Set<string>> {
  const found = paths.map(async (path) => {
    const kept = await storage?.match(folder + path, { ignoreSearch: true }).catch(() => undefined);
    return kept?.ok ? [path] : [];
  });
  return new Set((await Promise.all(found)).flat());
}

/** What this page has kept; a frame without an origin of its own may not even ask. */
function ownStorage(): CacheStorage | undefined {
  try {
    return globalThis.caches;
  } catch {
    return undefined;
  }
}
