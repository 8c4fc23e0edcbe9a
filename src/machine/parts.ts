import { manifestWith, type Waiter } from "./await-build.ts";
import type { MachineOrigin } from "./emulator.ts";
import { MachineError, type MachineErrorData } from "./errors.ts";
import { type GuestSource, type ReadOptions, readVerified } from "./files.ts";
import type { GuestFile, GuestMachine, Manifest, Snapshot } from "./manifest.ts";
import { type Inode, inodesOf } from "./share/inodes.ts";
import { shareIndexSchema } from "./share/tree.ts";

/** Where a machine is to begin: with its firmware, or at the prompt of its snapshot. */
export type Beginning = "power-on" | "snapshot";

/** All that one start of a machine needs, verified and decoded. */
export interface Parts {
  machine: GuestMachine;
  wasm: WebAssembly.Module;
  origin: MachineOrigin;
  /** The numbered nodes of the tree it mounts from outside. */
  share: readonly Inode[] | undefined;
  /** Present when `origin` is this snapshot's state. */
  snapshot: Snapshot | undefined;
  /** Why the snapshot that was asked for is not used. */
  refused: MachineErrorData | undefined;
}

/** Who starts a machine, and what it is told on the way. */
export interface Starter extends Waiter {
  /** How many of the bytes to download have arrived, first 0 of 0. */
  downloading(received: number, total: number): void;
}

/** Fetches a machine's files, each once, however often the machine starts. */
export class PartsStore {
  readonly #id: string;
  readonly #source: GuestSource;
  #manifest: Manifest | undefined;
  #wasm: WebAssembly.Module | undefined;
  #share: readonly Inode[] | undefined;
  /** Files by their hash, verified and decoded. */
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  #freshNext = false;
  /** It was built while somebody waited: its snapshot, taken next, may be there at another start. */
  #young = false;

  constructor(id: string, source: GuestSource) {
    this.#id = id;
    this.#source = source;
  }

  /**
   * What a start needs; from memory where an earlier one has fetched it. Waits for a machine that is
   * still being built.
   * @throws MachineError; the signal's reason
   */
  async load(wanted: Beginning, starter: Starter): Promise<Parts> {
    try {
      return await this.#load(wanted, starter);
    } catch (thrown) {
      const code = thrown instanceof MachineError ? thrown.data.code : undefined;
      this.#freshNext = code === "integrity" || code === "manifest";
      throw thrown;
    }
  }

  async #load(wanted: Beginning, starter: Starter): Promise<Parts> {
    const options = { fresh: this.#freshNext, signal: starter.signal };
    if (!this.#manifest) starter.downloading(0, 0);
    this.#manifest ??= await manifestWith(this.#id, this.#source, options.fresh, {
      signal: starter.signal,
      building: (progress) => {
        this.#young = true;
        starter.building(progress);
      },
    });
    const manifest = this.#manifest;
    const machine = manifest.machines[this.#id] as GuestMachine;
    const offered = wanted === "snapshot" ? machine.snapshot : undefined;
    const refused = offered && this.#whyUnusable(offered, machine, manifest);
    const snapshot = refused ? undefined : offered;

    const { wasm } = manifest.engine;
    const { files } = machine;
    const index = "share" in files ? files.share : undefined;
    const wantedFiles = [
      ...(this.#wasm ? [] : [wasm]),
      ...(index && !this.#share ? [index] : []),
      ...(snapshot ? [snapshot.state] : bootFiles(machine)),
    ];
    await this.#fetch(wantedFiles, options, starter.downloading);
    if (!this.#wasm) {
      this.#wasm = await WebAssembly.compile(this.#bytes(wasm));
      this.#files.delete(wasm.sha256);
    }
    if (index && !this.#share) this.#share = inodesOf(readIndex(index, this.#bytes(index)));
    this.#freshNext = false;
    if (this.#young && !machine.snapshot) this.#manifest = undefined;
    const origin = snapshot ? { state: this.#bytes(snapshot.state) } : this.#bootOrigin(machine);
    return { machine, wasm: this.#wasm, origin, share: this.#share, snapshot, refused };
  }

  #whyUnusable(
    snapshot: Snapshot,
    { inputHash }: GuestMachine,
    { engine }: Manifest,
  ): MachineErrorData | undefined {
    const machine = this.#id;
    const pairs = [
      { machine, of: "engine", expected: engine.wasm.sha256, got: snapshot.engine },
      { machine, of: "machine", expected: inputHash, got: snapshot.machine },
    ] as const;
    const params = pairs.find(({ expected, got }) => got !== expected);
    return params && { code: "snapshot", params };
  }

  /** All settle before any failure is told, so that a retry need not fetch what did arrive. */
  async #fetch(
    files: readonly GuestFile[],
    options: ReadOptions,
    onProgress: (received: number, total: number) => void,
  ): Promise<void> {
    const missing = files.filter((file) => !this.#files.has(file.sha256));
    if (missing.length === 0) return;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let received = total - missing.reduce((sum, file) => sum + file.size, 0);
    onProgress(received, total);
    const settled = await Promise.allSettled(
      missing.map(async (file) => {
        const decoded = await readVerified(this.#source, file, options, (count) => {
          received += count;
          onProgress(received, total);
        });
        this.#files.set(file.sha256, decoded);
      }),
    );
    const failed = settled.find((result) => result.status === "rejected");
    if (!failed) return;
    // A file that is not the manifest's may belong to a newer manifest.
    this.#manifest = undefined;
    throw failed.reason;
  }

  #bytes(file: GuestFile): Uint8Array<ArrayBuffer> {
    const bytes = this.#files.get(file.sha256);
    if (!bytes) throw new Error(`${file.path} has not been fetched`);
    return bytes;
  }

  #bootOrigin({ files }: GuestMachine): MachineOrigin {
    const firmware = {
      bios: this.#bytes(files.bios),
      ...(files.vgaBios && { vgaBios: this.#bytes(files.vgaBios) }),
    };
    if ("floppy" in files) return { ...firmware, floppy: this.#bytes(files.floppy) };
    const [kernel, initrd] = [this.#bytes(files.kernel), this.#bytes(files.initrd)];
    return { ...firmware, kernel, initrd };
  }
}

function bootFiles({ files }: GuestMachine): GuestFile[] {
  const firmware = files.vgaBios ? [files.bios, files.vgaBios] : [files.bios];
  return [...firmware, ...("floppy" in files ? [files.floppy] : [files.kernel, files.initrd])];
}

function readIndex(file: GuestFile, bytes: Uint8Array) {
  try {
    return shareIndexSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MachineError({
      code: "manifest",
      params: { file: file.path, reason: reason.slice(0, 500) },
    });
  }
}
