import { z } from "zod";
import { type Bench, type Instrument, oneMachine, type Roles } from "./instrument.ts";

const bytes = z.int().nonnegative();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const layerSchema = z.strictObject({
  /** Of the layer as it is stored and sent: a compressed archive. */
  digest,
  size: bytes,
  /** Of the same unpacked; the machine's folder of the layer has its name from it. */
  diffId: digest,
});
const imageSchema = z.strictObject({
  name: z.string(),
  /** Digest of its manifest, which settles everything else. */
  digest,
  /** The lowest first, as the manifest lists them. */
  layers: z.array(layerSchema).min(1),
});
export type OciImage = z.infer<typeof imageSchema>;

const entrySchema = z.strictObject({
  /** As the container sees it: `/etc/issue`. */
  path: z.string(),
  /** A whiteout says that the container has no such file, whatever the layers below have. */
  kind: z.enum(["folder", "file", "whiteout", "other"]),
  size: bytes,
});
export type UpperEntry = z.infer<typeof entrySchema>;

const originSchema = z.strictObject({
  path: z.string(),
  /**
   * Where the container's file is: in its upper folder, or in a layer (0 is the lowest). Null where
   * it has none: `deleted` says whether a whiteout hides one.
   */
  from: z.union([z.literal("upper"), bytes, z.null()]),
  deleted: z.boolean(),
  /** The highest layer that has a file of that name, whatever is above it; null for none. */
  below: bytes.nullable(),
});
export type FileOrigin = z.infer<typeof originSchema>;

const containerSchema = z.strictObject({
  upper: z.array(entrySchema),
  origins: z.array(originSchema),
});
export type ContainerState = z.infer<typeof containerSchema>;

/** What can be done in the container; `start` makes it. */
export const layerActions = ["start", "write", "change", "delete"] as const;
export type LayerAction = (typeof layerActions)[number];

const dataSchema = z.strictObject({
  images: z.array(imageSchema).min(1),
  /** The container after each action, in the order in which they were done. */
  steps: z
    .array(z.strictObject({ action: z.enum(layerActions), container: containerSchema }))
    .min(1),
});
export type LayerData = z.infer<typeof dataSchema>;

/** The image whose container is shown: three layers, two of which are nobody else's. */
export const CONTAINER_IMAGE = "app-old";
/** Bytes of the file that `write` adds. */
export const WRITTEN_BYTES = 250_000;

const BUNDLE = "/tmp/layer-stack";
const NAME = "layer-stack";
const WRITTEN = "/root/data";
const CHANGED = "/var/lib/dpkg/status";
const DELETED = "/etc/issue";

/** Files whose origin is looked up: one at least of each layer. */
export const LOOKED_UP = [
  "/usr/bin/app-old",
  "/usr/lib/i386-linux-gnu/libgreeting.so.1.4",
  "/usr/lib/i386-linux-gnu/libc.so.6",
  CHANGED,
  DELETED,
  WRITTEN,
] as const;

/** What is typed outside the container to do each thing. Repeating one does no harm. */
export const actionCommands: Record<LayerAction, string> = {
  start: [
    `crun delete -f ${NAME} 2>/dev/null`,
    `umount ${BUNDLE}/rootfs 2>/dev/null`,
    `rm -rf ${BUNDLE}`,
    `bundle ${CONTAINER_IMAGE} ${BUNDLE} -- sleep infinity`,
    // crun's child keeps what it is given, and a terminal must come back.
    `crun run -d -b ${BUNDLE} ${NAME} < /dev/null > /dev/null 2>&1`,
  ].join("; "),
  write: inContainer(`head -c ${WRITTEN_BYTES} /dev/zero > ${WRITTEN}`),
  change: inContainer(`echo "# mine" >> ${CHANGED}`),
  delete: inContainer(`rm -f ${DELETED}`),
};

function inContainer(command: string): string {
  return `crun exec ${NAME} sh -c '${command}'`;
}

/** Begins the part of an output that is about one thing. */
const MARK = "@@";
const IMAGES = "/srv/images";

type Run = (command: string) => Promise<string>;

const descriptor = z.object({ digest, size: bytes });
const indexSchema = z.object({ manifests: z.array(descriptor).min(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(digest) }) });

/**
 * Reads the machine's OCI layouts: each one's index, the manifest that names, and the configuration
 * that names.
 * @throws Error when what is printed is no such file
 */
export async function readImages(run: Run): Promise<OciImage[]> {
  const indexes = sections(await run(printEach(`${IMAGES}/*/index.json`)));
  const images = [...indexes].map(([path, json]) => {
    const name = path.slice(IMAGES.length + 1, -"/index.json".length);
    const [manifest] = indexSchema.parse(JSON.parse(json)).manifests;
    if (!manifest) throw new Error(`${path} names no manifest`);
    return { name, digest: manifest.digest, blob: blobOf(name, manifest.digest) };
  });
  const manifests = sections(await run(printEach(images.map(({ blob }) => blob).join(" "))));
  const known = images.map((image) => {
    const { config, layers } = manifestSchema.parse(JSON.parse(manifests.get(image.blob) ?? ""));
    return { ...image, layers, config: blobOf(image.name, config.digest) };
  });
  const configs = sections(await run(printEach(known.map(({ config }) => config).join(" "))));
  return known.map(({ name, digest, layers, config }) => {
    const { diff_ids } = configSchema.parse(JSON.parse(configs.get(config) ?? "")).rootfs;
    return {
      name,
      digest,
      layers: layers.map((layer, n) => ({
        digest: layer.digest,
        size: layer.size,
        diffId: diff_ids[n] ?? "",
      })),
    };
  });
}

function blobOf(image: string, of: string): string {
  return `${IMAGES}/${image}/blobs/${of.replace(":", "/")}`;
}

function printEach(files: string): string {
  return `for f in ${files}; do echo "${MARK} $f"; cat $f; echo; done`;
}

function sections(output: string): Map<string, string> {
  return new Map(
    output
      .split(/^@@ /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf("\n");
        return [section.slice(0, end), section.slice(end + 1).trim()];
      }),
  );
}

/** Other images with a layer of that digest, by their names. */
export function sharers(images: readonly OciImage[], image: string, layer: string): string[] {
  return images
    .filter(({ name, layers }) => name !== image && layers.some((own) => own.digest === layer))
    .map(({ name }) => name);
}

/** Bytes of all images' layers: as if each had its own, and with each digest once. */
export function layerBytes(images: readonly OciImage[]): { apart: number; shared: number } {
  const all = images.flatMap(({ layers }) => layers);
  const sum = (sizes: Iterable<number>) => [...sizes].reduce((total, size) => total + size, 0);
  return {
    apart: sum(all.map(({ size }) => size)),
    shared: sum(new Map(all.map((layer) => [layer.digest, layer.size])).values()),
  };
}

/** Printed when there is a container to tell about. */
const PRESENT = "C|";

/** Lists the container's upper folder, and where each of {@link LOOKED_UP} is found first. */
export const STATE_COMMAND = [
  `cd ${BUNDLE}/upper && echo '${PRESENT}' && find . -mindepth 1 -exec stat -c 'U|%F|%t,%T|%s|%n' {} +`,
  `n=0; for d in ${BUNDLE}/upper $(cat /srv/bundles/${CONTAINER_IMAGE}/layers); do ` +
    `for f in ${LOOKED_UP.join(" ")}; do ` +
    `if [ -c $d$f ]; then echo "O|$n|whiteout|$f"; elif [ -e $d$f ]; then echo "O|$n|file|$f"; fi; ` +
    "done; n=$((n+1)); done",
  "cd /",
].join("; ");

/**
 * Understands what {@link STATE_COMMAND} prints.
 * @param layers  how many its image has
 * @throws Error when there is no container
 */
export function containerState(output: string, layers: number): ContainerState {
  if (!output.startsWith(PRESENT)) throw new Error(firstLine(output));
  const lines = output.split("\n").map((line) => line.split("|"));
  const upper = lines
    .filter(([about]) => about === "U")
    .map(([, type = "", device, size, ...name]) => ({
      path: name.join("|").replace(/^\./, ""),
      kind: kindOf(type, device),
      size: Number(size),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const origins = LOOKED_UP.map((path): FileOrigin => {
    // The upper folder was asked first, then the layers from the top: the first that has it counts.
    const found = lines
      .filter(([about, , , file]) => about === "O" && file === path)
      .map(([, place, type]) => ({ place: Number(place), whiteout: type === "whiteout" }));
    const [first] = found;
    const lower = found.find(({ place }) => place > 0);
    const below = lower ? layers - lower.place : null;
    if (!first || first.whiteout) return { path, from: null, deleted: first !== undefined, below };
    return { path, from: first.place === 0 ? "upper" : below, deleted: false, below };
  });
  return containerSchema.parse({ upper, origins });
}

function kindOf(type: string, device: string | undefined): UpperEntry["kind"] {
  if (type === "directory") return "folder";
  if (type.startsWith("regular")) return "file";
  return type === "character special file" && device === "0,0" ? "whiteout" : "other";
}

/** Does something in the container, then reads what it is like. @throws Error, LabError */
export async function act(
  run: Run,
  action: LayerAction,
  images: readonly OciImage[],
): Promise<ContainerState> {
  // None of them has anything to say but what went wrong.
  const complaint = await run(actionCommands[action]);
  if (complaint.trim() !== "") throw new Error(firstLine(complaint));
  return readContainer(run, images);
}

function firstLine(output: string): string {
  return output.trim().split("\n", 1)[0] ?? "";
}

/** @throws Error when there is no container */
export async function readContainer(
  run: Run,
  images: readonly OciImage[],
): Promise<ContainerState> {
  const image = images.find(({ name }) => name === CONTAINER_IMAGE);
  return containerState(await run(STATE_COMMAND), image?.layers.length ?? 0);
}

async function record(bench: Bench, { machine }: Roles): Promise<LayerData> {
  const { run } = await bench.machine(machine);
  const images = await readImages(run);
  const steps: LayerData["steps"] = [];
  for (const action of layerActions)
    steps.push({ action, container: await act(run, action, images) });
  return { images, steps };
}

export const layerStack: Instrument<LayerData> = {
  id: "layer-stack",
  ...oneMachine,
  schema: dataSchema,
  record,
};
