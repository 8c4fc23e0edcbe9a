import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Edition, editionSchema } from "../../src/offline/edition.ts";
import { bytesOf, keyOf, sha256Of, storedResponse } from "../../src/offline/keys.ts";
import { EditionStore } from "../../src/offline/store.ts";
import { publishManifest } from "../../tools/guest/publish.ts";
import { storeFile } from "../../tools/guest/store.ts";
import { writeLists } from "../../tools/lib/offline.ts";
import { sharingMachine } from "./fixtures/published.ts";

const BASE = "https://book.test/one-kernel/";
const encoder = new TextEncoder();

describe("the lists of a built site", () => {
  let site: string;
  beforeEach(async () => {
    site = await mkdtemp(join(tmpdir(), "one-kernel-lists-"));
    for (const path of [
      "index.html",
      "zh/index.html",
      "en/index.html",
      "_astro/a.js",
      "pagefind/pagefind.js",
      "pagefind/pagefind-ui.js",
      "pagefind/pagefind.zh-cn_1.pf_meta",
      "pagefind/pagefind.en_1.pf_meta",
      "pagefind/wasm.unknown.pagefind",
      "pdf/one-kernel.zh.pdf",
      "sw.js",
    ]) {
      await mkdir(dirname(join(site, path)), { recursive: true });
      await writeFile(join(site, path), path);
    }
    const guest = join(site, "images/guest");
    publishManifest(guest, {
      schema: 1,
      engine: {
        name: "v86",
        version: "1",
        wasm: storeFile(guest, "engine", "v86", Buffer.from("engine")),
      },
      machines: {
        linux: sharingMachine(guest, "linux", ["of both", "of linux"]),
        large: sharingMachine(guest, "large", ["of both", "of large"]),
      },
    });
  });
  afterEach(() => rm(site, { recursive: true }));

  const list = async (name: string) =>
    JSON.parse(await readFile(join(site, "offline", name), "utf8"));
  const pathsIn = async (name: string) =>
    editionSchema.parse(await list(name)).files.map(({ path }) => path);

  it("have what one language needs, pages last, and neither paper nor the other language", async () => {
    await writeLists(site, []);
    const { files } = editionSchema.parse(await list("zh.json"));
    const machines = /^images\/guest\//;
    expect(files.some(({ path }) => machines.test(path))).toBe(true);
    expect(files.map(({ path }) => path).filter((path) => !machines.test(path))).toEqual([
      "_astro/a.js",
      "pagefind/pagefind.js",
      "pagefind/pagefind.zh-cn_1.pf_meta",
      "pagefind/wasm.unknown.pagefind",
      "index.html",
      "zh/index.html",
    ]);
    expect(files[0]).toEqual({
      path: "_astro/a.js",
      bytes: 11,
      sha256: await sha256Of(encoder.encode("_astro/a.js")),
    });
    expect(await list("search.en.json")).toEqual([
      "pagefind/pagefind.en_1.pf_meta",
      "pagefind/pagefind.js",
    ]);
  });

  it("have what only a large machine needs in a list of its own", async () => {
    await writeLists(site, []);
    const whole = await pathsIn("zh.json");
    await writeLists(site, ["large", "not-built"]);
    const book = await pathsIn("zh.json");
    const large = await pathsIn("large.json");
    expect(large.some((path) => path.startsWith("images/guest/large/bios."))).toBe(true);
    // Its index, and the one content that the other machine does not have.
    expect(large.filter((path) => path.startsWith("images/guest/share/"))).toHaveLength(2);
    expect(book.some((path) => path.startsWith("images/guest/linux/bios."))).toBe(true);
    expect([...book, ...large].sort()).toEqual(whole.sort());
    expect(
      await pathsIn("en.json").then((paths) => paths.filter((path) => large.includes(path))),
    ).toEqual([]);
    await expect(list("not-built.json")).rejects.toThrow("ENOENT");
  });

  it("come out the same when they are written again", async () => {
    await writeLists(site, ["large"]);
    const before = await readFile(join(site, "offline/en.json"), "utf8");
    await writeLists(site, ["large"]);
    expect(await readFile(join(site, "offline/en.json"), "utf8")).toBe(before);
  });
});

describe("a store of editions", () => {
  let cache: MapCache;
  let served: Map<string, string>;
  let asked: string[];
  let store: EditionStore;
  const quiet = { signal: new AbortController().signal, onBytes: () => {} };

  beforeEach(() => {
    cache = new MapCache();
    served = new Map();
    asked = [];
    const environment = {
      cache: cache as unknown as Cache,
      estimate: async () => ({ quota: 100, usage: 90 }),
      fetch: async (url: unknown) => {
        const { pathname } = new URL(String(url));
        asked.push(pathname);
        const text = served.get(pathname);
        if (text === undefined) throw new TypeError("Failed to fetch");
        return new Response(text, { headers: { "content-type": "text/plain" } });
      },
    };
    store = new EditionStore(environment as typeof environment & { fetch: typeof fetch }, BASE);
  });

  async function edition(...texts: [path: string, text: string][]): Promise<Edition> {
    const files = texts.map(async ([path, text]) => {
      served.set(new URL(path.replace(/index\.html$/, ""), BASE).pathname, text);
      const bytes = encoder.encode(text);
      return { path, bytes: bytes.length, sha256: await sha256Of(bytes) };
    });
    return { schema: 1, files: await Promise.all(files) };
  }

  it("goes on where a cut stopped it", async () => {
    const zh = await edition(["a.js", "a"], ["b.js", "b"], ["zh/index.html", "page"]);
    served.delete("/one-kernel/zh/");
    const cut = store.download(new Map([["zh", zh]]), quiet);
    await expect(cut).rejects.toMatchObject({
      trouble: { code: "cut", params: { file: "zh/index.html" } },
    });
    expect((await store.missing(zh)).map(({ path }) => path)).toEqual(["zh/index.html"]);
    served.set("/one-kernel/zh/", "page");
    asked = [];
    await store.download(new Map([["zh", zh]]), quiet);
    expect(asked).toEqual(["/one-kernel/zh/"]);
    expect(await store.missing(zh)).toEqual([]);
  });

  it("does not keep a file that is not the listed one", async () => {
    const zh = await edition(["a.js", "a"]);
    served.set("/one-kernel/a.js", "newer");
    const changed = store.download(new Map([["zh", zh]]), quiet);
    await expect(changed).rejects.toMatchObject({ trouble: { code: "changed" } });
    expect(await store.missing(zh)).toHaveLength(1);
  });

  it("says how much is needed and left on a full disk", async () => {
    const zh = await edition(["a.js", "a long file"]);
    cache.full = /a\.js/;
    const full = store.download(new Map([["zh", zh]]), quiet);
    await expect(full).rejects.toMatchObject({
      trouble: { code: "full", params: { needed: bytesOf(zh.files), left: 10 } },
    });
  });

  it("finds and removes damaged files, and never answers with one", async () => {
    const zh = await edition(["a.js", "a"], ["b.js", "b"]);
    await store.download(new Map([["zh", zh]]), quiet);
    const [a, b] = zh.files.map((file) => keyOf(file, BASE)) as [string, string];
    await cache.put(a, new Response("other"));
    const found = await store.check(zh, () => {});
    expect(found.map(({ path }) => path)).toEqual(["a.js"]);
    await cache.put(b, new Response("other"));
    const raw = cache as unknown as Cache;
    expect(await storedResponse(raw, `${BASE}b.js`)).toBeUndefined();
    expect(await store.missing(zh)).toHaveLength(2);
  });

  it("takes a damaged list for none, and finds the files when it is asked for again", async () => {
    const zh = await edition(["a.js", "a"]);
    await store.download(new Map([["zh", zh]]), quiet);
    const list = (await cache.keys()).find(({ url }) => url.includes("/offline/zh.json"));
    await cache.put(list?.url ?? "", new Response("{"));
    expect(await store.asked()).toEqual(new Map());
    asked = [];
    await store.download(new Map([["zh", zh]]), quiet);
    expect(asked).toEqual([]);
    expect([...(await store.asked()).keys()]).toEqual(["zh"]);
  });

  it("answers for an address as pages have it", async () => {
    const zh = await edition(["zh/index.html", "page"]);
    await store.download(new Map([["zh", zh]]), quiet);
    const response = await storedResponse(cache as unknown as Cache, `${BASE}zh/`);
    expect(await response?.text()).toBe("page");
  });

  it("removes one language and leaves what the other has", async () => {
    const zh = await edition(["both.bin", "machine"], ["zh/index.html", "页"]);
    const en = await edition(["both.bin", "machine"], ["en/index.html", "page"]);
    await store.download(
      new Map([
        ["zh", zh],
        ["en", en],
      ]),
      quiet,
    );
    await store.remove("zh");
    expect([...(await store.asked()).keys()]).toEqual(["en"]);
    expect(await store.missing(en)).toEqual([]);
    expect((await store.missing(zh)).map(({ path }) => path)).toEqual(["zh/index.html"]);
  });

  it("drops files of an earlier build once the newer is there", async () => {
    await store.download(new Map([["zh", await edition(["a.js", "old"])]]), quiet);
    await store.download(new Map([["zh", await edition(["a.js", "new"])]]), quiet);
    const keys = (await cache.keys()).filter(({ url }) => url.includes("a.js"));
    expect(keys).toHaveLength(1);
    const response = await storedResponse(cache as unknown as Cache, `${BASE}a.js`);
    expect(await response?.text()).toBe("new");
  });
});

/** A browser's cache, as far as a store uses it. */
class MapCache {
  /** Addresses for which there is no room. */
  full: RegExp | undefined;
  readonly #entries = new Map<string, Response>();

  async keys(url?: string): Promise<{ url: string }[]> {
    const plain = (address: string) => address.replace(/\?.*$/, "");
    return [...this.#entries.keys()]
      .filter((key) => url === undefined || plain(key) === plain(url))
      .map((key) => ({ url: key }));
  }
  async match(key: string | { url: string }): Promise<Response | undefined> {
    return this.#entries.get(typeof key === "string" ? key : key.url)?.clone();
  }
  async put(key: string, response: Response): Promise<void> {
    if (this.full?.test(key)) throw new DOMException("no room", "QuotaExceededError");
    this.#entries.set(key, response);
  }
  async delete(key: string | { url: string }): Promise<boolean> {
    return this.#entries.delete(typeof key === "string" ? key : key.url);
  }
}
