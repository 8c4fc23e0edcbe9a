import { chmodSync, cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.ts";
import type { ImageRecipe } from "./recipe.ts";

/** The one image of a layout. */
const TAG = "latest";
const LAYOUT = "layout";
const IMAGE = `${LAYOUT}:${TAG}`;
/** Every time in an image: the same inputs give the same digests. */
const CREATED = "1970-01-01T00:00:00Z";

/** A descriptor in an OCI layout. */
interface Descriptor {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  /** Bytes. */
  size: number;
}

/** What a layout says about its image. */
export interface LayoutContent {
  manifestDigest: string;
  configDigest: string;
  /** Compressed layers, lowest first. */
  layers: Descriptor[];
  /** Digests of the layers' tar archives, in the same order. */
  diffIds: string[];
}

/** The version of umoci, on whose compressor the layers' digests depend. */
export function umociVersion(): string {
  return run("umoci", ["--version"]).trim();
}

/** Makes `<folder>/layout`, an OCI image layout with an image of no layers, or a copy of `base`. */
export function createLayout(folder: string, base?: string): void {
  if (base === undefined) {
    umoci(folder, ["init", "--layout", LAYOUT]);
    umoci(folder, ["new", "--image", IMAGE]);
  } else cpSync(base, join(folder, LAYOUT), { recursive: true });
}

/** Packs a folder into a tar archive that depends on nothing but names, modes and content. */
export function packLayer(folder: string, archive: string): void {
  const names = readdirSync(folder).sort();
  const same = "--sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@0";
  run("tar", ["--create", "--file", archive, ...same.split(" "), "--directory", folder, ...names]);
}

/** Adds a tar archive on top of the image in `<folder>/layout`. */
export function addLayer(folder: string, archive: string, by: string, what: string): void {
  umoci(folder, [
    ...["raw", "add-layer", "--image", IMAGE, "--history.created", CREATED],
    ...["--history.created_by", by, "--history.comment", what, archive],
  ]);
}

/**
 * Sets the image's configuration and annotations, then removes blobs that are no longer used.
 * @param base the image it is made from
 */
export function configure(
  folder: string,
  { title, config }: ImageRecipe,
  base?: { name: string; manifestDigest: string },
): void {
  const annotations = {
    "org.opencontainers.image.title": title.en,
    ...(base && {
      "org.opencontainers.image.base.name": `${base.name}:${TAG}`,
      "org.opencontainers.image.base.digest": base.manifestDigest,
    }),
  };
  const pairs = (option: string, values: Record<string, string>) =>
    Object.entries(values).map(([key, value]) => `--${option}=${key}=${value}`);
  const list = (option: string, values: readonly string[]) =>
    values.map((value) => `--${option}=${value}`);
  const { entrypoint, cmd } = config;
  umoci(folder, [
    ...["config", "--image", IMAGE, "--no-history", "--created", CREATED],
    ...["--os=linux", "--architecture=386"],
    ...(entrypoint ? ["--clear=config.entrypoint"] : []),
    // A new entry point makes arguments meant for the old one meaningless.
    ...(entrypoint || cmd ? ["--clear=config.cmd"] : []),
    ...list("config.entrypoint", entrypoint ?? []),
    ...list("config.cmd", cmd ?? []),
    ...pairs("config.env", config.env),
    ...pairs("config.label", config.labels),
    ...(config.workingDir === undefined ? [] : [`--config.workingdir=${config.workingDir}`]),
    ...(config.user === undefined ? [] : [`--config.user=${config.user}`]),
    ...pairs("manifest.annotation", annotations),
  ]);
  umoci(folder, ["gc", "--layout", LAYOUT]);
  // umoci's files are for their owner only; these are to be served.
  for (const entry of readdirSync(join(folder, LAYOUT), { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/** Reads what is in `<folder>/layout`. */
export function readLayout(folder: string): LayoutContent {
  const read = (path: string) => JSON.parse(readFileSync(join(folder, LAYOUT, path), "utf8"));
  const blob = ({ digest }: Descriptor) => read(`blobs/${digest.replace(":", "/")}`);
  const [index] = read("index.json").manifests;
  const manifest = blob(index);
  return {
    manifestDigest: index.digest,
    configDigest: manifest.config.digest,
    layers: manifest.layers.map(({ digest, size }: Descriptor) => ({ digest, size })),
    diffIds: blob(manifest.config).rootfs.diff_ids,
  };
}

/** The OCI runtime configuration that umoci makes of the image in `<folder>/layout`. */
export function runtimeConfig(folder: string): RuntimeConfig {
  umoci(folder, ["raw", "runtime-config", "--image", IMAGE, "runtime.json"]);
  return JSON.parse(readFileSync(join(folder, "runtime.json"), "utf8"));
}

/** The parts of an OCI runtime configuration that are read or changed here. */
export interface RuntimeConfig {
  process: { terminal: boolean; env: string[] };
  root: { path: string };
  hostname: string;
  linux: { namespaces: { type: string }[] };
}

/** In its folder, because umoci takes a colon in a path for the beginning of a tag. */
function umoci(folder: string, args: readonly string[]): void {
  run("umoci", args, folder);
}
