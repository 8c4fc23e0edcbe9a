/** One entry of an archive; parents must be listed too. Owner is root, time is 1970. */
export type CpioEntry =
  | { kind: "directory"; path: string; mode: number }
  | { kind: "file"; path: string; mode: number; data: Uint8Array }
  | { kind: "link"; path: string; target: string }
  /** Character device. */
  | { kind: "device"; path: string; mode: number; major: number; minor: number };

const FILE_TYPE = { directory: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 };
const TRAILER = "TRAILER!!!";

/**
 * Writes a newc archive as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format).
 * Entries are sorted by path, so the same entries in any order give the same bytes.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  const add = (ino: number, mode: number, path: string, data: Uint8Array, rdev = [0, 0]) => {
    const name = Buffer.from(`${path}\0`);
    const nlink = (mode & 0o170000) === FILE_TYPE.directory ? 2 : 1;
    const fields = [ino, mode, 0, 0, nlink, 0, data.length, 0, 0, ...rdev, name.length, 0];
    const hex = fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0")).join("");
    for (const part of [Buffer.concat([Buffer.from(`070701${hex}`), name]), data])
      chunks.push(part, new Uint8Array(-part.length & 3));
  };
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const [index, entry] of sorted.entries()) {
    if (index > 0 && sorted[index - 1]?.path === entry.path)
      throw new Error(`${entry.path} is in the archive twice`);
    const permissions = entry.kind === "link" ? 0o777 : entry.mode;
    const data =
      entry.kind === "file"
        ? entry.data
        : entry.kind === "link"
          ? Buffer.from(entry.target)
          : new Uint8Array();
    const rdev = entry.kind === "device" ? [entry.major, entry.minor] : undefined;
    add(index + 1, FILE_TYPE[entry.kind] | permissions, entry.path, data, rdev);
  }
  add(0, 0, TRAILER, new Uint8Array());
  return new Uint8Array(Buffer.concat(chunks));
}
