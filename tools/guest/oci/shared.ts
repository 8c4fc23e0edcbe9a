import { readFileSync } from "node:fs";
import { type PlainEntry, readTree } from "../collect.ts";
import { type BuiltImage, lowerDirs, shortId } from "../oci.ts";

const FILE_MODE = 0o644;

/**
 * Images as the shared tree has them: `images/<name>`, the OCI layout; `layers/<id>`, each layer
 * unpacked, once; `bundles/<name>`, what `bundle` makes a runtime bundle from. The layouts have what
 * `docker load` reads beside what OCI wants: an archive of one is an image for both.
 */
export function sharedImages(images: readonly BuiltImage[]): PlainEntry[] {
  const layers = new Map(images.flatMap((image) => image.layers).map((one) => [one.diffId, one]));
  const text = (path: string, data: Uint8Array): PlainEntry => ({
    kind: "file",
    path,
    mode: FILE_MODE,
    data: new Uint8Array(data),
  });
  return [
    ...images.flatMap((image) => [
      ...placed(`images/${image.name}`, readTree(image.layout)).map(readable),
      text(`images/${image.name}/manifest.json`, Buffer.from(dockerManifest(image))),
      text(`bundles/${image.name}/config.json`, readFileSync(image.runtimeConfig)),
      text(`bundles/${image.name}/layers`, Buffer.from(lowerDirs(image))),
    ]),
    ...[...layers.values()].flatMap(({ diffId, folder }) =>
      placed(`layers/${shortId(diffId)}`, readTree(folder)),
    ),
  ];
}

/** The `manifest.json` of a Docker image archive (moby's `image/tarexport`), over the layout's blobs. */
function dockerManifest({ name, configDigest, layers }: BuiltImage): string {
  const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;
  const image = {
    Config: blob(configDigest),
    RepoTags: [`${name}:latest`],
    Layers: layers.map(({ digest }) => blob(digest)),
  };
  return `${JSON.stringify([image])}\n`;
}

function placed(prefix: string, entries: readonly PlainEntry[]): PlainEntry[] {
  return entries.map((entry) => ({ ...entry, path: `${prefix}/${entry.path}` }));
}

/** A layout's files as they would be in a repository; the tool that wrote them minded the umask. */
function readable(entry: PlainEntry): PlainEntry {
  if (entry.kind === "link") return entry;
  return { ...entry, mode: entry.kind === "file" ? FILE_MODE : 0o755 };
}
