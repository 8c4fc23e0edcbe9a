import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { macSchema, terminalsSchema } from "../../src/machine/manifest.ts";
import { GuestBuildError } from "./errors.ts";

export const relativePath = z
  .string()
  .regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))/, "must be relative, without a leading / or ..");
export const packageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, "must be a Debian package name");
/** Names a file among the recipes of one kind. */
const recipeName = (folder: string) =>
  z.string().regex(/^[a-z][a-z0-9-]*$/, `must name a file in ${folder}: base`);
export const suite = z.string().regex(/^[a-z][a-z-]+$/, "must be a Debian suite: bookworm");

/** What the machine's firmware or boot loader starts. */
const kernelRecipeSchema = z.discriminatedUnion("from", [
  /** A Linux kernel compiled from a Debian source package. */
  z.strictObject({
    from: z.literal("source"),
    /** Binary package that carries the source archive: `linux-source-6.1`. */
    package: packageName,
    suite,
    /** Configuration fragments over `allnoconfig`, later ones win: `guest/kernel/base.config`. */
    fragments: z.array(relativePath).min(1),
  }),
  /** A Linux kernel that Debian compiled, unchanged. */
  z.strictObject({
    from: z.literal("package"),
    /** The flavour's metapackage, which depends on the newest kernel: `linux-image-686`. */
    package: packageName,
    suite,
  }),
  /** A floppy disk built from sources of our own, with an operating system that is not Linux. */
  z.strictObject({
    from: z.literal("folder"),
    /** Folder with a Makefile; `make OUT=<folder>` writes `floppy.img` and `release` there. */
    folder: relativePath,
  }),
]);

/** A machine that is got ready before its state is saved. */
const snapshotRecipeSchema = z.strictObject({
  /** Commands that are typed at the first prompt, one after another; each must succeed. */
  prepare: z
    .array(
      z.strictObject({
        /** What the command is for, in one sentence. */
        why: z.string().min(1),
        /** One line for the machine's shell: `docker load -i busybox.tar`. */
        run: z.string().regex(/^[^\r\n]+$/, "must be one line"),
      }),
    )
    .min(1),
  /**
   * Whether files that programs have read stay in memory: so that what comes after the snapshot does
   * not read them again, for more bytes of snapshot.
   */
  keepFiles: z.boolean().default(false),
});

/** `guest/machines/<name>.json`: one machine. */
const machineFields = z.strictObject({
  /** What the reader sees as the machine's name, by language. */
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  kernel: kernelRecipeSchema,
  /** PC firmware, taken unchanged from a Debian package. */
  firmware: z.strictObject({
    package: packageName,
    suite,
    /** Path of the system firmware in the package: `usr/share/seabios/bios.bin`. */
    bios: relativePath,
    /** Path of the VGA option ROM in the package. */
    vgaBios: relativePath.optional(),
  }),
  /** Initial file system of a Linux machine: `base` names `guest/rootfs/base.yaml`. */
  rootfs: recipeName("guest/rootfs").optional(),
  /** Tree of shared files that a Linux machine mounts: `base` names `guest/share/base.yaml`. */
  share: recipeName("guest/share").optional(),
  /** Whether its state at the prompt is saved, for readers to start from; and what is done before. */
  snapshot: z.union([z.boolean(), snapshotRecipeSchema]).default(false),
  /** Guest memory in MiB: 128. */
  memoryMiB: z.int().refine((n) => n >= 16 && n <= 2048 && Number.isInteger(Math.log2(n)), {
    error: "must be a power of two from 16 to 2048",
  }),
  /**
   * Hardware address of its network card; without one it has no card. Machines that an experiment joins
   * by a wire have different ones: `02:00:00:00:00:01`.
   */
  mac: macSchema.optional(),
  /**
   * Command line of a Linux kernel; `NAME=value` that it does not know becomes init's environment:
   * `HOSTNAME` names the machine, `TERMINAL=ttyS0` puts the shell on the serial port.
   */
  cmdline: z.string().max(2047).optional(),
  terminals: terminalsSchema,
});

export const machineRecipeSchema = machineFields.superRefine(({ kernel, ...fields }, context) => {
  const isLinux = kernel.from !== "folder";
  for (const field of ["rootfs", "cmdline"] as const)
    if ((fields[field] !== undefined) !== isLinux)
      context.addIssue({
        code: "custom",
        path: [field],
        message: isLinux ? "a Linux kernel needs it" : `a kernel from a ${kernel.from} has none`,
      });
  for (const field of ["share", "snapshot"] as const)
    if (fields[field] && fields.terminals.on !== "virtio")
      context.addIssue({
        code: "custom",
        path: [field],
        message: "needs a Linux kernel with virtio drivers, and terminals on virtio",
      });
});

const overlays = z.array(relativePath).min(1);

/** What is taken from a Debian package. Needed libraries follow by themselves. */
const packagePathsSchema = z.strictObject({
  name: packageName,
  /** Why a reader needs it, in one sentence. */
  why: z.string().min(1),
  /** Paths in the package; a folder means everything in it: `bin/bash`. */
  paths: z.array(relativePath).min(1),
});

/** What is taken from a package of any suite. */
const sharedPackageSchema = packagePathsSchema.extend({
  /**
   * Debian suite of this package, if it is not the tree's: `trixie`. What it needs it finds among the
   * libraries of the tree's suite, which must be as new: no library is ever there twice.
   */
  suite: suite.optional(),
});

/** A program of others, compiled here from a Debian source package. */
const compiledSchema = z.strictObject({
  /** Debian source package: `crun`. */
  source: packageName,
  /** Why Debian's own binary package will not do, in one sentence. */
  why: z.string().min(1),
  /**
   * Folder in the repository whose Makefile builds the program: it is run beside `source/` (the
   * package, patched), `sysroot/` (the packages of `against`) and a copy of `guest/toolchain/`, and
   * writes `program`.
   */
  folder: relativePath,
  /** i386 packages with the headers and static libraries it is built with: `libc6-dev`. */
  against: z.array(packageName).min(1),
  /** Where the program goes, as in a package: `usr/bin/crun`. */
  path: relativePath,
});

/** A C program of ours, linked statically. */
const programSchema = z.strictObject({
  /** C file in the repository, or a folder of them with their headers: `guest/init/init.c`. */
  source: relativePath,
  /** Where the program goes: `init`. */
  path: relativePath,
});

/** `guest/share/<name>.yaml`: what machines read from outside when it is first used, and why. */
export const shareRecipeSchema = z.strictObject({
  /** Debian suite of the packages, and of all libraries: `bookworm`. */
  suite,
  /** Tools; a machine sees their files in /usr/local instead of /usr. */
  packages: z.array(sharedPackageSchema).min(1),
  /** Tools that are compiled here. */
  compiled: z.array(compiledSchema).default([]),
  /** Our own C programs. */
  programs: z.array(programSchema).default([]),
  /** Symbolic links, path as in a package to target: `usr/sbin/iptables: xtables-nft-multi`. */
  links: z.record(relativePath, z.string().min(1)).default({}),
  /** Folders in the repository that are copied over the tree: `guest/share/base`. */
  overlays,
});

/** `guest/rootfs/<name>.yaml`: what is in an initial file system, and why. */
export const rootfsRecipeSchema = z.strictObject({
  /** Debian suite of all packages: `bookworm`. */
  suite,
  packages: z.array(packagePathsSchema),
  /** Programs of others that are compiled here. */
  compiled: z.array(compiledSchema),
  /** Commands that one busybox binary provides. */
  applets: z.strictObject({
    /** The binary in the root file system: `usr/bin/busybox`. */
    binary: relativePath,
    /** Names that get a link to it, separated by spaces; each must be one of its applets. */
    names: z.string().transform((names) => names.split(/\s+/).filter(Boolean)),
  }),
  /** Our own C programs. */
  programs: z.array(programSchema),
  /** Folders in the repository that are copied over the root, later ones win: `guest/rootfs/base`. */
  overlays,
  /** Empty folders, besides those that files need: `mnt`. */
  directories: z.array(relativePath),
  /** Further symbolic links, path to target: `usr/bin/sh: busybox`. */
  links: z.record(relativePath, z.string()),
});

/** `guest/rootfs/<name>.yaml` of an initial file system that has all of another one and more. */
const derivedRootfsSchema = z.strictObject({
  /** The other one, which is not derived itself: `base`. */
  from: recipeName("guest/rootfs"),
  /** As above, added to what the other one has. */
  overlays,
  directories: z.array(relativePath).default([]),
  links: z.record(relativePath, z.string()).default({}),
});

export type KernelRecipe = z.infer<typeof kernelRecipeSchema>;
export type MachineRecipe = z.infer<typeof machineRecipeSchema> & { name: string };
export type PackagePaths = z.infer<typeof sharedPackageSchema>;
export type ProgramRecipe = z.infer<typeof programSchema>;
export type CompiledRecipe = z.infer<typeof compiledSchema>;
export type ShareRecipe = z.infer<typeof shareRecipeSchema> & { name: string };
export type RootfsRecipe = z.infer<typeof rootfsRecipeSchema>;

/** Reads and checks every machine, in the order of their names. */
export function readMachines(root: string): MachineRecipe[] {
  return readdirSync(join(root, "guest/machines"))
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => readMachine(root, basename(file, ".json")));
}

/** Reads and checks one machine and that the files it names exist. */
export function readMachine(root: string, name: string): MachineRecipe {
  const path = `guest/machines/${name}.json`;
  const recipe = check(`machine ${name} (${path})`, machineRecipeSchema, () =>
    JSON.parse(readFileSync(join(root, path), "utf8")),
  );
  if (recipe.kernel.from === "source")
    for (const [at, fragment] of recipe.kernel.fragments.entries())
      mustExist(root, `machine ${name}`, `kernel.fragments[${at}]`, fragment);
  if (recipe.kernel.from === "folder")
    mustExist(root, `machine ${name}`, "kernel.folder", recipe.kernel.folder);
  if (recipe.rootfs)
    mustExist(root, `machine ${name}`, "rootfs", `guest/rootfs/${recipe.rootfs}.yaml`);
  if (recipe.share) mustExist(root, `machine ${name}`, "share", `guest/share/${recipe.share}.yaml`);
  return { ...recipe, name };
}

/** Reads and checks the initial file system that a machine names; not every machine has one. */
export function readRootfs(root: string, machine: MachineRecipe): RootfsRecipe | undefined {
  if (!machine.rootfs) return undefined;
  const recipe = rootfsOf(root, machine.name, machine.rootfs);
  for (const [at, overlay] of recipe.overlays.entries())
    mustExist(root, `machine ${machine.name}`, `overlays[${at}]`, overlay);
  for (const [at, program] of recipe.programs.entries())
    mustExist(root, `machine ${machine.name}`, `programs[${at}].source`, program.source);
  for (const [at, { folder }] of recipe.compiled.entries())
    mustExist(root, `machine ${machine.name}`, `compiled[${at}].folder`, `${folder}/Makefile`);
  return recipe;
}

/** The recipe with that name; a derived one with what it is derived from. */
function rootfsOf(root: string, machine: string, name: string): RootfsRecipe {
  const path = (each: string) => `guest/rootfs/${each}.yaml`;
  const what = (each: string) => `machine ${machine} (${path(each)})`;
  const reader = (each: string) => () => parseYaml(readFileSync(join(root, path(each)), "utf8"));
  const isDerived = z.object({ from: z.unknown() }).safeParse(reader(name)()).success;
  if (!isDerived) return check(what(name), rootfsRecipeSchema, reader(name));
  const { from, ...more } = check(what(name), derivedRootfsSchema, reader(name));
  mustExist(root, `machine ${machine}`, `${path(name)}: from`, path(from));
  const base = check(what(from), rootfsRecipeSchema, reader(from));
  return {
    ...base,
    overlays: [...base.overlays, ...more.overlays],
    directories: [...base.directories, ...more.directories],
    links: { ...base.links, ...more.links },
  };
}

/** Reads and checks every tree of shared files that some machine names. */
export function readShares(root: string, machines: readonly MachineRecipe[]): ShareRecipe[] {
  const names = new Set(machines.flatMap(({ share }) => share ?? []));
  return [...names].map((name) => readShare(root, name));
}

/** Reads and checks what machines read from outside. */
export function readShare(root: string, name: string): ShareRecipe {
  const path = `guest/share/${name}.yaml`;
  const what = `the shared tree ${name}`;
  const recipe = check(`${what} (${path})`, shareRecipeSchema, () =>
    parseYaml(readFileSync(join(root, path), "utf8")),
  );
  for (const [at, overlay] of recipe.overlays.entries())
    mustExist(root, what, `overlays[${at}]`, overlay);
  for (const [at, { source }] of recipe.programs.entries())
    mustExist(root, what, `programs[${at}].source`, source);
  for (const [at, { folder }] of recipe.compiled.entries())
    mustExist(root, what, `compiled[${at}].folder`, `${folder}/Makefile`);
  return { ...recipe, name };
}

function mustExist(root: string, what: string, field: string, path: string): void {
  if (!existsSync(join(root, path)))
    throw new GuestBuildError(
      `${what}: ${field}: ${path} does not exist; it must be a path in the repository`,
    );
}

/** Reads a recipe and checks it; the message names `what`, field, value and what is allowed. */
export function check<T>(what: string, schema: z.ZodType<T>, read: () => unknown): T {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    throw new GuestBuildError(`${what}: cannot be read: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const field = issue.path.map(String).join(".") || "(top level)";
    const given = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    );
    if (issue.code === "unrecognized_keys")
      return `  ${field}: unknown key ${issue.keys.join(", ")}; allowed: ${allowedKeys(schema, value, issue.path)}`;
    return `  ${field}: ${JSON.stringify(given)}: ${issue.message}`;
  });
  throw new GuestBuildError(`${what}:\n${lines.join("\n")}`);
}

/** The keys that the schema allows at a path, for the message about one it does not. */
function allowedKeys(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): string {
  let at: unknown = schema;
  let given = value as Record<PropertyKey, unknown>;
  for (const key of [...path, undefined]) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
    if (at instanceof z.ZodDiscriminatedUnion) {
      const { discriminator } = at.def;
      at = at.options.find(
        (option) =>
          option instanceof z.ZodObject &&
          option.shape[discriminator].safeParse(given[discriminator]).success,
      );
    }
    if (key === undefined) break;
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodArray) at = at.element;
    given = given[key] as typeof given;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape).join(", ") : "none";
}
