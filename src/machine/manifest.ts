import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");

/** One file as it is stored under `public/images/guest/`, and what it becomes once decoded. */
export const guestFileSchema = z.strictObject({
  /** Path relative to the manifest, with part of the hash in the name: `linux/kernel.3f2a9c01.bin`. */
  path: z.string().regex(/^[a-z0-9][a-z0-9./-]*$/),
  /** Bytes as stored: what a reader downloads. */
  size: z.int().positive(),
  /** SHA-256 of the bytes as stored, checked before anything decoded of them is used. */
  sha256,
  /** How the stored bytes are encoded; undone before the machine starts. */
  encoding: z.enum(["identity", "zstd"]),
  /** Bytes after decoding: what the machine gets. */
  rawSize: z.int().nonnegative(),
});

/** One Debian package a machine was built from, pinned by the hash of its `.deb` or `.dsc`. */
export const guestPackageSchema = z.strictObject({
  /** Package name: `bash`. */
  name: z.string(),
  /** Debian version: `1.8.1-1+deb12u1`. */
  version: z.string(),
  /** Debian architecture: `i386`, `all`, and `source` for a source package. */
  architecture: z.string(),
  /** Debian suite it was taken from: `bookworm`. */
  suite: z.string(),
  /** Source package and version, where the source code is found: `crun (= 1.8.1-1+deb12u1)`. */
  source: z.strictObject({ name: z.string(), version: z.string() }),
  sha256,
});

/** Where a machine's shells are. */
export const terminalsSchema = z.discriminatedUnion("on", [
  z.strictObject({
    on: z.literal("virtio"),
    /**
     * How many virtio-console ports carry a terminal, 1 to 3: port 0 is the first, port 3 is the
     * agent's.
     */
    count: z.int().min(1).max(3),
    /**
     * Order in which the guest's kernel reads the two numbers of a terminal's new size. The virtio
     * specification says columns first; Linux read rows first until 2025, and v86 still sends so.
     */
    size: z.enum(["columns-rows", "rows-columns"]),
  }),
  /**
   * One terminal on the first serial port, together with the kernel's log. A serial line cannot
   * tell its terminal's size.
   */
  z.strictObject({ on: z.literal("serial") }),
]);

/** A machine's state at its first prompt, saved after a cold boot of exactly this machine. */
export const snapshotSchema = z.strictObject({
  /** The state of its devices and its memory, packed as `frozen.ts` says. */
  state: guestFileSchema,
  /** SHA-256 of the stored emulator it was saved with. No other can restore it. */
  engine: sha256,
  /** `inputHash` of the machine it was saved from. */
  machine: sha256,
  /** What the first terminal had printed, the shell marks included. */
  terminal: z.string(),
  /** Where the guest's client of the shared tree stood: message size, and handle to inode pairs. */
  share: z.strictObject({
    maxMessage: z.int().positive(),
    fids: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
  }),
  /** Guest instructions from power-on to the moment it was saved. */
  instructions: z.int().positive(),
});

/** Hardware address of a network card, not a group's: the first byte is even. Example: `02:00:00:00:00:01`. */
export const macSchema = z
  .string()
  .regex(
    /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/,
    "six bytes, the first one even: 02:00:00:00:00:01",
  );

const firmwareFiles = {
  /** PC firmware. */
  bios: guestFileSchema,
  /** VGA option ROM, where the machine has a display adapter. */
  vgaBios: guestFileSchema.optional(),
};

/** Everything needed to start one machine. */
export const guestMachineSchema = z.strictObject({
  /** What the reader sees as the machine's name, by language. */
  title: z.strictObject({ zh: z.string(), en: z.string() }),
  /** `SHA-256` over all inputs of the build: packages, configuration, sources, compiler. */
  inputHash: sha256,
  /** Guest memory in MiB, a power of two. */
  memoryMiB: z
    .int()
    .min(16)
    .max(2048)
    .refine((n) => Number.isInteger(Math.log2(n)), "must be a power of two"),
  /** Hardware address of its network card; without one it has no card that its kernel could use. */
  mac: macSchema.optional(),
  /** Command line of a Linux kernel. */
  cmdline: z.string().optional(),
  terminals: terminalsSchema,
  /** Kernel release as `uname -r` prints it. */
  kernelRelease: z.string(),
  files: z.union([
    z.strictObject({
      ...firmwareFiles,
      /** Linux kernel in the Linux/x86 boot protocol's bzImage form. */
      kernel: guestFileSchema,
      /** Initial file system, a newc cpio archive. */
      initrd: guestFileSchema,
      /** Index of the tree that the guest mounts from outside (`src/machine/share/tree.ts`), as JSON. */
      share: guestFileSchema.optional(),
    }),
    z.strictObject({
      ...firmwareFiles,
      /** Floppy disk of 1.44 MB whose first sector the firmware starts. */
      floppy: guestFileSchema,
    }),
  ]),
  packages: z.array(guestPackageSchema).min(1),
  snapshot: snapshotSchema.optional(),
});

/** `public/images/guest/manifest.json`: what `npm run guest` built. */
export const manifestSchema = z.strictObject({
  /** Version of this format. */
  schema: z.literal(1),
  /** The emulator, shipped beside the machines so that it is verified and counted like them. */
  engine: z.strictObject({ name: z.literal("v86"), version: z.string(), wasm: guestFileSchema }),
  machines: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), guestMachineSchema),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type Terminals = z.infer<typeof terminalsSchema>;
export type GuestFile = z.infer<typeof guestFileSchema>;
export type GuestPackage = z.infer<typeof guestPackageSchema>;
export type GuestMachine = z.infer<typeof guestMachineSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
