import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import {
  act,
  actionCommands,
  CONTAINER_IMAGE,
  type ContainerState,
  layerBytes,
  layerStack,
  type OciImage,
  readContainer,
  readImages,
  sharers,
  WRITTEN_BYTES,
} from "../../../src/lab/instruments/layer-stack.ts";
import { Shell } from "../../../src/lab/shell.ts";
import { nodeMachine } from "../../../src/machine/node.ts";
import type { MachinePort } from "../../../src/machine/protocol.ts";
import { bringUp } from "../../../src/machine/reach.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };
const ROOT = "/tmp/layer-stack";

let machine: MachinePort;
let shell: Shell;
let images: OciImage[];
const run = async (command: string) => (await shell.run(command, OPTIONS)).output;
const container = () => {
  const found = images.find(({ name }) => name === CONTAINER_IMAGE);
  if (!found) throw new Error(`no ${CONTAINER_IMAGE}`);
  return found;
};

beforeAll(async () => {
  machine = nodeMachine(rolesOf(layerStack).machine, GUEST);
  shell = new Shell(machine, 0);
  await bringUp(machine);
  images = await readImages(run);
});
afterAll(() => machine.destroy());

describe("the images' layers", () => {
  it("are all images of the machine, and what their blobs are when hashed and counted", async () => {
    expect(images.map(({ name }) => name)).toEqual((await run("ls -1 /srv/images")).split(/\s+/));
    // Two of them: hashing all would take a minute.
    const some = ["hello", "app-old"];
    for (const { name, layers } of images.filter(({ name }) => some.includes(name)))
      for (const { digest, size, diffId } of layers) {
        const blob = `/srv/images/${name}/blobs/${digest.replace(":", "/")}`;
        const said = await run(
          `sha256sum < ${blob}; wc -c < ${blob}; gunzip -c < ${blob} | sha256sum`,
        );
        expect(said.replaceAll(/[\s-]+/g, " ").trim()).toBe(
          [digest.slice(7), size, diffId.slice(7)].join(" "),
        );
      }
  });

  it("have the sizes that their files have, each digest in the layout that names it", async () => {
    for (const { name, digest, layers } of images) {
      const blobs = `/srv/images/${name}/blobs/sha256`;
      const sizes = await run(
        `stat -c %s ${layers.map((layer) => `${blobs}/${layer.digest.slice(7)}`).join(" ")}`,
      );
      expect(sizes.split("\n").map(Number)).toEqual(layers.map(({ size }) => size));
      expect(await run(`sha256sum ${blobs}/${digest.slice(7)} | cut -c1-64`)).toBe(digest.slice(7));
    }
  });

  it("are unpacked where the container's layers are, the topmost first", async () => {
    const paths = (await run(`cat /srv/bundles/${CONTAINER_IMAGE}/layers`)).split("\n");
    const expected = container().layers.map(({ diffId }) => `/srv/layers/${diffId.slice(7, 19)}`);
    expect(paths).toEqual(expected.reverse());
  });

  it("are shared by the images that have the same blob, as comparing all files says", async () => {
    // Name, and the images in whose folder a blob of that name is.
    const listing = (await run("cd /srv/images; ls */blobs/sha256/* | sort; cd /")).split(/\s+/);
    for (const { name, layers } of images)
      for (const { digest } of layers) {
        const having = listing
          .filter((path) => path.endsWith(`/${digest.slice(7)}`))
          .map((path) => path.split("/")[0]);
        expect(sharers(images, name, digest)).toEqual(having.filter((other) => other !== name));
      }
    const stored = new Map(
      images.flatMap(({ layers }) => layers.map(({ digest, size }) => [digest, size] as const)),
    );
    const { apart, shared } = layerBytes(images);
    expect(shared).toBe([...stored.values()].reduce((sum, size) => sum + size));
    expect(apart).toBeGreaterThan(shared);
  });
});

describe("a container's upper folder", () => {
  /** Every entry as `find` and `ls` have it, by path. */
  const upperAsFound = async () => {
    const lines = await run(`cd ${ROOT}/upper; find . -mindepth 1 | sort | xargs -r ls -ldn; cd /`);
    return lines
      .split("\n")
      .filter((line) => line.startsWith("-") || line.startsWith("c") || line.startsWith("d"))
      .map((line) => ({ type: line[0], words: line.split(/[\s,]+/) }))
      .map(({ type, words }) => ({
        path: words.at(-1)?.slice(1),
        kind: type === "d" ? "folder" : type === "-" ? "file" : words.slice(4, 6).join(),
        ...(type === "-" ? { size: Number(words[4]) } : {}),
      }));
  };
  const compared = ({ upper }: ContainerState) =>
    upper.map(({ path, kind, size }) => ({
      path,
      kind: kind === "whiteout" ? "0,0" : kind,
      ...(kind === "file" ? { size } : {}),
    }));
  const origin = (state: ContainerState, path: string) =>
    state.origins.find((candidate) => candidate.path === path);

  it("cannot be told before there is a container", async () => {
    await expect(readContainer(run, images)).rejects.toThrow(/upper/);
    await expect(act(run, "write", images)).rejects.toThrow(/layer-stack/);
  });

  it("is empty at the start, then has what was written, copied and deleted", async () => {
    const started = await act(run, "start", images);
    expect(started.upper).toEqual([]);
    expect(await upperAsFound()).toEqual([]);

    const written = await act(run, "write", images);
    expect(compared(written)).toEqual(await upperAsFound());
    expect(written.upper).toContainEqual({ path: "/root/data", kind: "file", size: WRITTEN_BYTES });
    expect(origin(written, "/root/data")).toMatchObject({ from: "upper", below: null });

    const changed = await act(run, "change", images);
    expect(compared(changed)).toEqual(await upperAsFound());
    expect(origin(changed, "/var/lib/dpkg/status")).toMatchObject({ from: "upper", below: 0 });

    const deleted = await act(run, "delete", images);
    expect(compared(deleted)).toEqual(await upperAsFound());
    expect(deleted.upper).toContainEqual({ path: "/etc/issue", kind: "whiteout", size: 0 });
    expect(origin(deleted, "/etc/issue")).toMatchObject({ from: null, deleted: true, below: 0 });
    // The container cannot see it, the layer still has it.
    expect(await run(`ls ${ROOT}/rootfs/etc/issue`)).toContain("No such file");

    // Each file that a layer is said to have is the one that the container reads.
    const folders = container().layers.map(({ diffId }) => `/srv/layers/${diffId.slice(7, 19)}`);
    for (const { path, from } of deleted.origins) {
      if (from === null) continue;
      const folder = from === "upper" ? `${ROOT}/upper` : folders[from];
      const sums = await run(`sha1sum < ${ROOT}/rootfs${path}; sha1sum < ${folder}${path}`);
      const [seen, stored] = sums.split("\n");
      expect(seen).toBe(stored);
    }

    const again = await act(run, "start", images);
    expect(again.upper).toEqual([]);
    expect(await run(actionCommands.delete)).toBe("");
  });
});
