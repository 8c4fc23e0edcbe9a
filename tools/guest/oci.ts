import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SystemNeed } from "../lib/system-packages.ts";
import { cachedFolder, sha256, writeWhole } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import { checkLicences, readLicences } from "./licences.ts";
import type { LockedPackage } from "./lock.ts";
import { downloadPackages } from "./mirror.ts";
import { buildLayer, type LayerResult, toolchainOf } from "./oci/layer.ts";
import { type ImagePlan, planImages } from "./oci/plan.ts";
import { forBundle } from "./oci/runtime.ts";
import {
  addLayer,
  configure,
  createLayout,
  packLayer,
  readLayout,
  runtimeConfig,
} from "./oci/umoci.ts";
import { progress } from "./progress.ts";

/** What building images needs besides what the machines need. */
export const IMAGE_NEEDS: readonly SystemNeed[] = [{ command: "umoci", package: "umoci" }];

/** One layer of an image. Equal layers of several images are one record with one folder. */
export interface ImageLayer {
  /** Digest of the compressed layer, a blob of the layout: `sha256:…`. */
  digest: string;
  /** Digest of the layer's tar archive: `sha256:…`. */
  diffId: string;
  /** Bytes compressed. */
  size: number;
  /** Bytes of the files in it. */
  unpackedSize: number;
  /** The layer unpacked: files, folders and links, usable as an overlay's lowerdir. */
  folder: string;
}

export interface BuiltImage {
  name: string;
  title: { zh: string; en: string };
  /** `sha256:…` */
  manifestDigest: string;
  /** `sha256:…` */
  configDigest: string;
  /** Folder that is an OCI image layout with this image, tagged `latest`. */
  layout: string;
  /** Lowest first. */
  layers: ImageLayer[];
  /** Path of an OCI runtime configuration for a bundle with the image at `rootfs`. */
  runtimeConfig: string;
  /** Packages that parts of the image are from, those that became part of our programs included. */
  packages: LockedPackage[];
  /** SHA-256 over all inputs of the build. */
  inputHash: string;
}

/** What the cache keeps of an image, without paths. */
interface ImageRecord {
  manifestDigest: string;
  configDigest: string;
  layers: Omit<ImageLayer, "folder">[];
  packages: LockedPackage[];
}

/** Builds every image in `guest/oci`, or takes it from the cache; bases first. */
export function buildImages(
  root: string,
  cache: string,
  lock: readonly LockedPackage[],
): BuiltImage[] {
  const contents = new Map<ImagePlan, LayerResult[]>();
  const contentsOf = (plan: ImagePlan): LayerResult[] => {
    const known = contents.get(plan);
    if (known) return known;
    const { recipe, base, packages } = plan;
    downloadPackages(cache, packages);
    const layers: LayerResult[] = [];
    for (const [at, layer] of recipe.layers.entries()) {
      const below = layers.at(-1) ?? (base && contentsOf(base).at(-1));
      try {
        layers.push(buildLayer(layer, { root, cache, packages, below }));
      } catch (error) {
        if (!(error instanceof GuestBuildError)) throw error;
        throw new GuestBuildError(`image ${recipe.name}: layers.${at}: ${error.message}`);
      }
    }
    contents.set(plan, layers);
    return layers;
  };
  const built = new Map<ImagePlan, BuiltImage>();
  for (const plan of planImages(root, lock)) {
    const base = plan.base && built.get(plan.base);
    built.set(
      plan,
      buildImage(root, cache, plan, base, () => contentsOf(plan)),
    );
  }
  return [...built.values()];
}

/** The text of a bundle's `layers` file: the lowerdirs in the machine, topmost first. */
export function lowerDirs(image: BuiltImage): string {
  const paths = image.layers.map(({ diffId }) => `/srv/layers/${shortId(diffId)}\n`);
  return paths.toReversed().join("");
}

/** The first 12 digits of a digest, by which a layer is found in the machine. */
export function shortId(digest: string): string {
  return digest.replace("sha256:", "").slice(0, 12);
}

function buildImage(
  root: string,
  cache: string,
  plan: ImagePlan,
  base: BuiltImage | undefined,
  contents: () => LayerResult[],
): BuiltImage {
  const { recipe, inputHash } = plan;
  const { name, title } = recipe;
  const folder = join(cache, "oci/images", inputHash.slice(0, 16));
  const record = join(folder, "image.json");
  const layerFolder = (diffId: string) => join(cache, "oci/layers", diffId.replace("sha256:", ""));
  const load = (): BuiltImage => {
    const kept: ImageRecord = JSON.parse(readFileSync(record, "utf8"));
    const layers = kept.layers.map((layer) => ({ ...layer, folder: layerFolder(layer.diffId) }));
    const layout = join(folder, "layout");
    const runtimeConfig = join(folder, "config.json");
    return { name, title, ...kept, layout, layers, runtimeConfig, inputHash };
  };
  if (existsSync(record)) {
    const kept = load();
    if (kept.layers.every((layer) => existsSync(layer.folder))) return kept;
    rmSync(folder, { recursive: true });
  }

  const layers = contents();
  const packages = packagesOf(plan, layers, base);
  checkLicences(cache, readLicences(root), packages);
  progress(`image ${name}`);
  cachedFolder(folder, (aside) => {
    createLayout(aside, base?.layout);
    const own = layers.map(({ tree }, at) => {
      if (tree.own().length === 0)
        throw new GuestBuildError(`image ${name}: layers.${at} adds nothing to what is below it`);
      const archive = join(aside, "layer.tar");
      const diffId = storeLayer(tree, archive, join(cache, "oci/layers"));
      addLayer(aside, archive, `guest/oci/${name}.yaml`, recipe.layers[at]?.what ?? "");
      rmSync(archive);
      return { diffId, unpackedSize: sizeOf(tree) };
    });
    configure(aside, recipe, base);
    const config = forBundle(runtimeConfig(aside), name);
    writeWhole(join(aside, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    rmSync(join(aside, "runtime.json"));
    const { layers: compressed, ...digests } = readLayout(aside);
    const all = [...(base?.layers ?? []), ...own].map(({ diffId, unpackedSize }, at) => {
      const { digest = "", size = 0 } = compressed[at] ?? {};
      if (digests.diffIds[at] !== diffId) throw new Error(`${name}: umoci has other layers`);
      return { digest, diffId, size, unpackedSize };
    });
    const { manifestDigest, configDigest } = digests;
    const made: ImageRecord = { manifestDigest, configDigest, layers: all, packages };
    writeWhole(join(aside, "image.json"), JSON.stringify(made));
  });
  return load();
}

/** Writes a layer to `archive` and, unpacked, to a folder of `layers` that has its digest's name. */
function storeLayer(tree: LayerResult["tree"], archive: string, layers: string): string {
  const aside = join(layers, "layer.part");
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  tree.write(aside);
  packLayer(aside, archive);
  const hash = sha256(readFileSync(archive));
  const folder = join(layers, hash);
  if (existsSync(folder)) rmSync(aside, { recursive: true });
  else renameSync(aside, folder);
  return `sha256:${hash}`;
}

function packagesOf(
  { recipe, packages }: ImagePlan,
  layers: readonly LayerResult[],
  base: BuiltImage | undefined,
): LockedPackage[] {
  const toolchain = new Set(recipe.layers.flatMap(toolchainOf));
  const used = [
    ...(base?.packages ?? []),
    ...(layers.at(-1)?.taken ?? []),
    ...packages.filter(({ name }) => toolchain.has(name)),
  ];
  const byHash = new Map(used.map((locked) => [locked.sha256, locked]));
  return [...byHash.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sizeOf(tree: LayerResult["tree"]): number {
  return tree
    .own()
    .reduce((sum, entry) => sum + (entry.kind === "file" ? entry.data.length : 0), 0);
}
