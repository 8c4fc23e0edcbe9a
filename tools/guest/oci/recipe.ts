import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { GuestBuildError } from "../errors.ts";
import { check, packageName, relativePath, suite } from "../recipe.ts";

const FOLDER = "guest/oci";
const imageName = z.string().regex(/^[a-z][a-z0-9-]*$/, "must be an image's name: bookworm");
const octalMode = z.string().regex(/^[01]?[0-7]{3}$/, 'must be a mode in octal, quoted: "1777"');
const absolutePath = z.string().regex(/^\//, "must begin with /");

/** A program or library of ours. */
const programSchema = z.discriminatedUnion("kind", [
  /** A program linked with musl, needing no library. */
  z.strictObject({
    kind: z.literal("static"),
    /** C file in the repository, or a folder of them: `guest/oci/hello/hello.c`. */
    source: relativePath,
    /** Where it goes in the image: `hello`. */
    path: relativePath,
  }),
  /** A shared library, linked with the suite's glibc. */
  z.strictObject({
    kind: z.literal("library"),
    source: relativePath,
    path: relativePath,
    /** The name that programs ask the dynamic loader for: `libgreeting.so.1`. */
    soname: z.string().regex(/^lib[^/]+\.so\.\d+$/, "must be a soname: libgreeting.so.1"),
  }),
  /** A program that loads shared libraries: the suite's glibc and those named. */
  z.strictObject({
    kind: z.literal("dynamic"),
    source: relativePath,
    path: relativePath,
    /** Folder in the repository with the headers of the libraries: `guest/oci/libgreeting-1.4`. */
    headers: relativePath,
    /** Libraries of ours in the image: `usr/lib/i386-linux-gnu/libgreeting.so.1.4`. */
    libraries: z.array(relativePath),
  }),
]);

/** One layer: what it adds to the layers below it. */
const layerSchema = z.strictObject({
  /** What the layer adds, in one sentence; goes into the image's history. */
  what: z.string().min(1),
  /** Debian packages and what is taken from them. Needed libraries follow by themselves. */
  packages: z
    .array(
      z.strictObject({
        name: packageName,
        /** Why the image has it, in one sentence. */
        why: z.string().min(1),
        /**
         * Paths in the package; a folder means everything in it, a link brings what it points to:
         * `bin/sh`.
         */
        paths: z.array(relativePath).min(1),
      }),
    )
    .default([]),
  /**
   * Whether the packages taken so far are listed in `var/lib/dpkg/status`, with their copyright
   * files, as in an image that dpkg made.
   */
  database: z.boolean().default(false),
  /** A busybox binary in the image; each of its applets gets a link beside it: `bin/busybox`. */
  applets: relativePath.optional(),
  /** Programs and libraries of ours, in the order they are compiled in. */
  programs: z.array(programSchema).default([]),
  /** Folder in the repository that is copied over the root: `guest/oci/debian`. */
  overlay: relativePath.optional(),
  /** Folders besides those that files need, with their modes: `tmp: "1777"`. */
  directories: z.record(relativePath, octalMode).default({}),
  /**
   * Symbolic links, path to target: `bin: usr/bin`. They are made first, and a file whose path leads
   * through one goes where it points, so that `bin/ls` is stored as `usr/bin/ls`.
   */
  links: z.record(relativePath, z.string().min(1)).default({}),
});

/** `guest/oci/<name>.yaml`: one container image. */
export const imageRecipeSchema = z.strictObject({
  /** What the reader sees as the image's name, by language. */
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  /** Image whose layers come first and whose configuration is inherited; absent: from nothing. */
  from: imageName.optional(),
  /** Debian suite of the packages, and of what programs are compiled against: `bookworm`. */
  suite,
  /** Lowest first, above those of `from`. */
  layers: z.array(layerSchema).min(1),
  /** The image configuration's `config`; what is left out is inherited from `from`. */
  config: z
    .strictObject({
      /** Program and first arguments: `["/hello"]`. */
      entrypoint: z.array(z.string()).min(1).optional(),
      /** Program and arguments, or arguments after the entry point: `["sh"]`. */
      cmd: z.array(z.string()).min(1).optional(),
      /** Environment, by name: `PATH: /usr/bin`. */
      env: z
        .record(z.string().regex(/^[A-Za-z_]\w*$/, "must be a variable's name"), z.string())
        .default({}),
      /** Where the program starts: `/root`. */
      workingDir: absolutePath.optional(),
      /** User and group it runs as, by number: `65534:65534`. */
      user: z
        .string()
        .regex(/^\d+(:\d+)?$/, 'must be numbers, quoted: "65534:65534"')
        .optional(),
      /** Labels, by key. */
      labels: z.record(z.string().min(1), z.string()).default({}),
    })
    .default({ env: {}, labels: {} }),
});

export type ImageProgram = z.infer<typeof programSchema>;
export type LayerRecipe = z.infer<typeof layerSchema>;
export type ImageRecipe = z.infer<typeof imageRecipeSchema> & { name: string };

/**
 * Reads and checks every image of the repository at `root`.
 * @returns bases before the images made from them, otherwise by name
 * @throws GuestBuildError naming image, field, value and what is allowed
 */
export function readImages(root: string): ImageRecipe[] {
  const names = readdirSync(join(root, FOLDER))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => basename(file, ".yaml"))
    .sort();
  const recipes = new Map(names.map((name) => [name, readImage(root, name)]));
  const ordered = new Set<ImageRecipe>();
  const visit = (recipe: ImageRecipe, path: readonly string[]): void => {
    const line = [...path, recipe.name];
    if (path.includes(recipe.name)) {
      const circle = line.slice(path.indexOf(recipe.name)).join(" → ");
      const why = `leads back to the image itself: ${circle}; one of them must be from nothing`;
      throw refused(recipe.name, "from", recipe.from, why);
    }
    if (recipe.from !== undefined) {
      const base = recipes.get(recipe.from);
      if (!base)
        throw refused(
          recipe.name,
          "from",
          recipe.from,
          `there is no such image; there are: ${names.join(", ")}`,
        );
      visit(base, line);
    }
    ordered.add(recipe);
  };
  for (const recipe of recipes.values()) visit(recipe, []);
  for (const recipe of ordered) mustRun(recipe, recipes);
  return [...ordered];
}

/** Repository paths of everything a layer is made from besides packages. */
export function sourcesOf(layer: LayerRecipe): string[] {
  const programs = layer.programs.flatMap((program) =>
    program.kind === "dynamic" ? [program.source, program.headers] : [program.source],
  );
  return layer.overlay === undefined ? programs : [...programs, layer.overlay];
}

function readImage(root: string, name: string): ImageRecipe {
  const recipe = check(`image ${name} (${pathOf(name)})`, imageRecipeSchema, () =>
    parseYaml(readFileSync(join(root, pathOf(name)), "utf8")),
  );
  for (const [at, layer] of recipe.layers.entries()) {
    if (layer.overlay !== undefined) mustExist(root, name, `layers.${at}.overlay`, layer.overlay);
    for (const [nth, program] of layer.programs.entries()) {
      const field = `layers.${at}.programs.${nth}`;
      mustExist(root, name, `${field}.source`, program.source);
      if (program.kind === "dynamic") mustExist(root, name, `${field}.headers`, program.headers);
    }
  }
  return { ...recipe, name };
}

/** Without a program to start, an image cannot be run. */
function mustRun(recipe: ImageRecipe, recipes: ReadonlyMap<string, ImageRecipe>): void {
  for (
    let at: ImageRecipe | undefined = recipe;
    at !== undefined;
    at = at.from === undefined ? undefined : recipes.get(at.from)
  )
    if (at.config.cmd ?? at.config.entrypoint) return;
  throw refused(
    recipe.name,
    "config.cmd",
    undefined,
    "neither this image nor its bases name a cmd or an entrypoint to start",
  );
}

function mustExist(root: string, name: string, field: string, path: string): void {
  if (!existsSync(join(root, path)))
    throw refused(name, field, path, "does not exist; it must be a path in the repository");
}

function refused(name: string, field: string, value: unknown, why: string): GuestBuildError {
  return new GuestBuildError(
    `image ${name} (${pathOf(name)}):\n  ${field}: ${JSON.stringify(value)}: ${why}`,
  );
}

function pathOf(name: string): string {
  return `${FOLDER}/${name}.yaml`;
}
