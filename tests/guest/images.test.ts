import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withMachine } from "../../tools/bench/machines.ts";
import { cacheFolder } from "../../tools/guest/cache.ts";
import { readLock } from "../../tools/guest/lock.ts";
import { type BuiltImage, buildImages } from "../../tools/guest/oci.ts";
import { GUEST, ROOT } from "../../tools/lib/paths.ts";
import { ensurePackages } from "../../tools/lib/system-packages.ts";

/** Unpacked layers stay below this: a reader downloads what a container touches. */
const MAX_UNPACKED = 8e6;
const MAX_COMPRESSED = 3.5e6;

let folder: string;
let images: BuiltImage[];
const image = (name: string) => {
  const found = images.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no image ${name}`);
  return found;
};

/** Builds in a cache of its own, with the packages that are already there. */
function buildElsewhere(): BuiltImage[] {
  const cache = join(folder, "one");
  mkdirSync(cache);
  for (const kept of ["debs", "trees"]) {
    mkdirSync(join(cacheFolder(), kept), { recursive: true });
    symlinkSync(join(cacheFolder(), kept), join(cache, kept));
  }
  return buildImages(ROOT, cache, readLock(ROOT));
}

beforeAll(() => {
  ensurePackages([
    { command: "umoci", package: "umoci" },
    { command: "skopeo", package: "skopeo" },
  ]);
  folder = mkdtempSync(join(tmpdir(), "images-"));
  images = buildElsewhere();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the images", () => {
  it("are the same bytes from two folders", () => {
    // Those that the machines have, built by `npm run guest`.
    const ours = buildImages(ROOT, cacheFolder(), readLock(ROOT));
    expect(ours.map(({ name }) => name)).toEqual(images.map(({ name }) => name));
    const foldersOf = ({ layout, layers }: BuiltImage) => [
      layout,
      ...layers.map((layer) => layer.folder),
    ];
    for (const [index, other] of ours.entries()) {
      const one = images[index] as BuiltImage;
      expect(other.manifestDigest).toBe(one.manifestDigest);
      expect(foldersOf(other).map(listing)).toEqual(foldersOf(one).map(listing));
      expect(foldersOf(other)).not.toEqual(foldersOf(one));
    }
  });

  it("come from the cache the second time", () => {
    const layout = image("bookworm").layout;
    const before = statSync(join(layout, "index.json")).ino;
    expect(buildImages(ROOT, join(folder, "one"), readLock(ROOT))).toEqual(images);
    expect(statSync(join(layout, "index.json")).ino).toBe(before);
  });

  it("are OCI layouts for i386 that skopeo can read", () => {
    for (const { layout, manifestDigest, layers } of images) {
      const said = spawnSync("skopeo", ["inspect", `oci:${layout}:latest`], { encoding: "utf8" });
      expect(said.stderr).toBe("");
      expect(JSON.parse(said.stdout)).toMatchObject({
        Digest: manifestDigest,
        Architecture: "386",
        Os: "linux",
        Created: "1970-01-01T00:00:00Z",
        Layers: layers.map(({ digest }) => digest),
      });
    }
  });

  it("share the layers of the image they are from", () => {
    const [base] = image("bookworm").layers;
    for (const name of ["app-old", "app-new"]) expect(image(name).layers[0]).toEqual(base);
    const folders = images.flatMap(({ layers }) => layers.map((layer) => layer.folder));
    expect(new Set(folders).size).toBe(readdirSync(join(folder, "one/oci/layers")).length);
  });

  it("are small", () => {
    for (const layer of images.flatMap(({ layers }) => layers)) {
      expect(layer.unpackedSize).toBeLessThan(MAX_UNPACKED);
      expect(layer.size).toBeLessThan(MAX_COMPRESSED);
    }
  });
});

describe("in the machine", () => {
  const DEBIANS = {
    bullseye: { release: "Debian GNU/Linux 11 (bullseye)", libc: "glibc 2.31", bin: "drwx" },
    bookworm: { release: "Debian GNU/Linux 12 (bookworm)", libc: "glibc 2.36", bin: "lrwx" },
    forky: { release: "Debian GNU/Linux forky/sid", libc: /^glibc 2\.[45]\d$/, bin: "lrwx" },
  };

  it("every image runs, and two applications have the library version they need", async () => {
    await withMachine("linux", GUEST, async (_, run) => {
      const start = async (name: string, ...command: string[]) => {
        const args = command.map((word) => ` '${word}'`).join("");
        await run(`cd /tmp; bundle ${name} /tmp/${name}${args && ` --${args}`} && cd ${name}`);
        return (await run(`crun run ${name}`)).split("\n").map((line) => line.trim());
      };
      expect(await run("bundle no-such /tmp/x")).toContain(
        "there is no image 'no-such'; there are: app-new app-old bookworm",
      );
      expect(await start("hello")).toEqual(["Hello from a container of one file."]);
      expect(await start("newer")).toEqual(["newer: epoll_pwait2 works"]);
      expect(await run("bundle hello /tmp/hello")).toContain("/tmp/hello is not empty");
      expect(await start("busybox", "sh", "-c", 'hostname; echo "a \\"b\\"" $$')).toEqual([
        "busybox",
        'a "b" 1',
      ]);
      expect(await run("bundle -t busybox /tmp/x </dev/null")).toContain(
        "-t: standard input is no",
      );
      await run("bundle -t busybox /tmp/terminal -- sh -c tty && cd /tmp/terminal");
      expect(await run("crun run terminal")).toContain("/dev/pts/0");
      for (const [name, { release, libc, bin }] of Object.entries(DEBIANS)) {
        const script = `grep -o "Debian.*[^\\"]" /etc/os-release; getconf GNU_LIBC_VERSION; ls -ld /bin; grep -c ^Package /var/lib/dpkg/status`;
        const lines = await start(name, "sh", "-c", script);
        expect(lines[0]).toBe(release);
        expect(lines.at(-3)).toMatch(libc);
        expect(lines.at(-2)).toMatch(new RegExp(`^${bin}`));
        expect(Number(lines.at(-1))).toBe(image(name).packages.length);
      }
      const [old] = await start("app-old");
      expect(old).toMatch(/^app-old: .*libgreeting 1\.4, glibc 2\.36/);
      const [fresh] = await start("app-new");
      expect(fresh).toMatch(/^app-new: .*libgreeting 1\.9, glibc 2\.36/);

      // Each application with the other one's library on top of its own.
      const mix = (name: string, other: string) =>
        run(
          `mkdir -p /tmp/mix-${name}/rootfs && cd /tmp/mix-${name} && cp /srv/bundles/${name}/config.json . && ` +
            `mount -t overlay mix -o lowerdir=$(sed -n 2p /srv/bundles/${other}/layers):$(sed s/$/:/ /srv/bundles/${name}/layers | tr -d '\\n' | sed s/:$//) rootfs && crun run mix`,
        );
      expect(await mix("app-old", "app-new")).toContain(
        "app-old: symbol lookup error: app-old: undefined symbol: greeting_text",
      );
      expect(await mix("app-new", "app-old")).toContain(
        "app-new: symbol lookup error: app-new: undefined symbol: greeting_write",
      );
    });
  });

  it("an image's digests can be recomputed from its layout, and it runs on an older kernel", async () => {
    await withMachine("linux-b", GUEST, async (_, run) => {
      await run("cd /srv/images/busybox");
      const { digest } = JSON.parse(await run("cat index.json")).manifests[0];
      expect(digest).toBe(image("busybox").manifestDigest);
      const blobs = await run("cd blobs/sha256 && sha256sum *");
      const sums = blobs.split("\n").map((line) => line.trim().split(/\s+/));
      expect(sums.length).toBeGreaterThan(2);
      for (const [sum, name] of sums) expect(sum).toBe(name);
      await run("bundle busybox /tmp/b -- uname -r; cd /tmp/b");
      expect(await run("crun run b")).toMatch(/^5\.10\./);
    });
  });
});

/** Every path below a folder with its mode and content. */
function listing(top: string): string[] {
  return readdirSync(top, { recursive: true, encoding: "utf8" })
    .filter((path) => !throughLink(top, path))
    .sort()
    .map((path) => {
      const stat = lstatSync(join(top, path));
      const content = stat.isSymbolicLink()
        ? readlinkSync(join(top, path))
        : stat.isFile()
          ? createHash("sha256")
              .update(readFileSync(join(top, path)))
              .digest("hex")
          : "";
      return `${stat.mode.toString(8)} ${path} ${content}`;
    });
}

function throughLink(top: string, path: string): boolean {
  const parent = dirname(path);
  if (parent === ".") return false;
  return lstatSync(join(top, parent)).isSymbolicLink() || throughLink(top, parent);
}
