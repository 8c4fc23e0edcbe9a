import { GuestBuildError } from "./errors.ts";

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

/** What a 32-bit little-endian ELF file needs to be loaded; undefined when it is no ELF file. */
export function readElfNeeds(
  file: Uint8Array,
): { interpreter: string | undefined; libraries: string[] } | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 52 || bytes.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  if (bytes[4] !== 1 || bytes[5] !== 1)
    throw new GuestBuildError("not a 32-bit little-endian ELF file: the machines are i386");

  const segments = Array.from({ length: bytes.readUInt16LE(44) }, (_, index) => {
    const at = bytes.readUInt32LE(28) + index * bytes.readUInt16LE(42);
    const [type = 0, offset = 0, address = 0, , size = 0] = [0, 4, 8, 12, 16].map((field) =>
      bytes.readUInt32LE(at + field),
    );
    return { type, offset, address, size };
  });
  const text = (at: number) => bytes.toString("latin1", at, bytes.indexOf(0, at));
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);

  const tags: [tag: number, value: number][] = [];
  if (dynamic)
    for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 8)
      tags.push([bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]);
  const strings = tags.find(([tag]) => tag === DT_STRTAB)?.[1] ?? 0;
  const holder = segments.find(
    ({ type, address, size }) => type === PT_LOAD && strings >= address && strings < address + size,
  );
  const table = strings - (holder?.address ?? 0) + (holder?.offset ?? 0);
  return {
    interpreter: interpreter && text(interpreter.offset),
    libraries: tags.filter(([tag]) => tag === DT_NEEDED).map(([, value]) => text(table + value)),
  };
}
