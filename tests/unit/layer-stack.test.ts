import { describe, expect, it } from "vitest";
import {
  containerState,
  LOOKED_UP,
  layerBytes,
  type OciImage,
  readImages,
  sharers,
} from "../../src/lab/instruments/layer-stack.ts";

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const layer = (letter: string, size: number) => ({
  digest: digestOf(letter),
  size,
  diffId: digestOf(letter),
});
const images: OciImage[] = [
  { name: "base", digest: digestOf("0"), layers: [layer("a", 100)] },
  { name: "one", digest: digestOf("1"), layers: [layer("a", 100), layer("b", 10)] },
  { name: "two", digest: digestOf("2"), layers: [layer("a", 100), layer("c", 1)] },
];

describe("layers", () => {
  it("are shared by the images that name the same digest", () => {
    expect(sharers(images, "one", digestOf("a"))).toEqual(["base", "two"]);
    expect(sharers(images, "one", digestOf("b"))).toEqual([]);
  });

  it("are stored once for each digest", () => {
    expect(layerBytes(images)).toEqual({ apart: 311, shared: 111 });
  });

  it("that are no JSON are an error", async () => {
    await expect(readImages(async () => "@@ /srv/images/x/index.json\ngarbage")).rejects.toThrow();
  });
});

describe("a container's state", () => {
  const [app, , libc, status, issue, data] = LOOKED_UP;

  it("is read from what the guest prints", () => {
    const output = [
      "C|",
      "U|directory|0,0|60|./etc",
      "U|character special file|0,0|0|./etc/issue",
      "U|character special file|1,3|0|./null",
      "U|regular empty file|0,0|0|./a|b",
      `O|0|file|${status}`,
      `O|0|whiteout|${issue}`,
      `O|1|file|${app}`,
      `O|3|file|${libc}`,
      `O|3|file|${status}`,
      `O|3|file|${issue}`,
    ].join("\n");
    const { upper, origins } = containerState(output, 3);
    expect(upper).toEqual([
      { path: "/a|b", kind: "file", size: 0 },
      { path: "/etc", kind: "folder", size: 60 },
      { path: "/etc/issue", kind: "whiteout", size: 0 },
      { path: "/null", kind: "other", size: 0 },
    ]);
    const of = (path: string) => origins.find((origin) => origin.path === path);
    expect(of(app)).toEqual({ path: app, from: 2, deleted: false, below: 2 });
    expect(of(libc)).toEqual({ path: libc, from: 0, deleted: false, below: 0 });
    expect(of(status)).toEqual({ path: status, from: "upper", deleted: false, below: 0 });
    expect(of(issue)).toEqual({ path: issue, from: null, deleted: true, below: 0 });
    expect(of(data)).toEqual({ path: data, from: null, deleted: false, below: null });
  });

  it("is an error when there is no container, or what is printed makes no sense", () => {
    expect(() => containerState("bash: cd: no such folder\n", 3)).toThrow("no such folder");
    expect(() => containerState("", 3)).toThrow();
    expect(() => containerState("C|\nU|regular file|0,0|many|./x", 3)).toThrow();
  });
});
