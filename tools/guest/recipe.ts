import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { terminalsSchema } from "../../src/machine/manifest.ts";
import { GuestBuildError } from "./errors.ts";

export const relativePath = z
  .string()
  .regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))/, "must be relative, without a leading / or ..");
export const packageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, "must be a Debian package name");
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
  rootfs: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "must name a file in guest/rootfs: base")
    .optional(),
  /** Whether a Linux machine mounts the tree of `guest/share.yaml`. */
  share: z.boolean().default(false),
  /** Whether its state at the prompt is saved, for readers to start from. */
  snapshot: z.boolean().default(false),
  /** Guest memory in MiB: 128. */
  memoryMiB: z.int().refine((n) => n >= 16 && n <= 2048 && Number.isInteger(Math.log2(n)), {
    error: "must be a power of two from 16 to 2048",
  }),
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

/** What is taken from a Debian package. Needed libraries follow by themselves. */
const packagePathsSchema = z.strictObject({
  name: packageName,
  /** Why a reader needs it, in one sentence. */
  why: z.string().min(1),
  /** Paths in the package; a folder means everything in it: `bin/bash`. */
  paths: z.array(relativePath).min(1),
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

/** `guest/share.yaml`: what machines read from outside when it is first used, and why. */
export const shareRecipeSchema = z.strictObject({
  /** Debian suite of all packages: `bookworm`. */
  suite,
  /** Tools; a machine sees their files in /usr/local instead of /usr. */
  packages: z.array(packagePathsSchema).min(1),
  /** Tools that are compiled here. */
  compiled: z.array(compiledSchema).default([]),
  /** Our own C programs. */
  programs: z.array(programSchema).default([]),
  /** Folder in the repository that is copied over the tree: `guest/share`. */
  overlay: relativePath,
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
  /** Folder in the repository that is copied over the root: `guest/rootfs/base`. */
  overlay: relativePath,
  /** Empty folders, besides those that files need: `mnt`. */
  directories: z.array(relativePath),
  /** Further symbolic links, path to target: `usr/bin/sh: busybox`. */
  links: z.record(relativePath, z.string()),
});

export type KernelRecipe = z.infer<typeof kernelRecipeSchema>;
export type MachineRecipe = z.infer<typeof machineRecipeSchema> & { name: string };
export type PackagePaths = z.infer<typeof packagePathsSchema>;
export type ProgramRecipe = z.infer<typeof programSchema>;
export type CompiledRecipe = z.infer<typeof compiledSchema>;
export type ShareRecipe = z.infer<typeof shareRecipeSchema>;
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
  return { ...recipe, name };
}

/** Reads and checks the initial file system that a machine names; not every machine has one. */
export function readRootfs(root: string, machine: MachineRecipe): RootfsRecipe | undefined {
  if (!machine.rootfs) return undefined;
  const path = `guest/rootfs/${machine.rootfs}.yaml`;
  const recipe = check(`machine ${machine.name} (${path})`, rootfsRecipeSchema, () =>
    parseYaml(readFileSync(join(root, path), "utf8")),
  );
  mustExist(root, `machine ${machine.name}`, "overlay", recipe.overlay);
  for (const [at, program] of recipe.programs.entries())
    mustExist(root, `machine ${machine.name}`, `programs[${at}].source`, program.source);
  for (const [at, { folder }] of recipe.compiled.entries())
    mustExist(root, `machine ${machine.name}`, `compiled[${at}].folder`, `${folder}/Makefile`);
  return recipe;
}

const SHARE_RECIPE = "guest/share.yaml";

/** Reads and checks what machines read from outside. */
export function readShare(root: string): ShareRecipe {
  const recipe = check(`the shared tree (${SHARE_RECIPE})`, shareRecipeSchema, () =>
    parseYaml(readFileSync(join(root, SHARE_RECIPE), "utf8")),
  );
  mustExist(root, "the shared tree", "overlay", recipe.overlay);
  for (const [at, { source }] of recipe.programs.entries())
    mustExist(root, "the shared tree", `programs[${at}].source`, source);
  for (const [at, { folder }] of recipe.compiled.entries())
    mustExist(root, "the shared tree", `compiled[${at}].folder`, `${folder}/Makefile`);
  return recipe;
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
