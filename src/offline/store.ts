import { type Edition, type EditionFile, editionSchema } from "./edition.ts";
import { bytesOf, keyOf, sha256Of, together } from "./keys.ts";

/** Why a download ended early. `code` selects the sentence `offline.trouble.<code>`. */
export type StoreTrouble =
  /** The connection ended, or the server did; what came is kept. */
  | { code: "cut"; params: { file: string; reason: string } }
  /** The file on the server is another one than the list says: the book was published anew. */
  | { code: "changed"; params: { file: string } }
  /** The browser gives no more room: bytes still needed, and what it says is left. */
  | { code: "full"; params: { needed: number; left: number } };

/** A download that ended early. What was stored before stays, and the next one goes on from there. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly trouble: StoreTrouble;

  constructor(trouble: StoreTrouble) {
    super(`${trouble.code}: ${JSON.stringify(trouble.params)}`);
    this.trouble = trouble;
  }
}

/** The part of the browser that a store works with, so that tests can have their own. */
export interface StoreEnvironment {
  cache: Cache;
  fetch: typeof fetch;
  estimate: () => Promise<StorageEstimate>;
}

export interface DownloadOptions {
  /** Ends the download; what was stored stays. */
  signal: AbortSignal;
  /** Bytes as they arrive. */
  onBytes: (count: number) => void;
}

/** Where the lists of editions are, below the base. */
const LISTS = "offline/";
/** Files at a time: enough to hide the way to the server, few enough not to crowd out a reader. */
const AT_A_TIME = 4;

/** Files of the book that this browser keeps to be read without a network. */
export class EditionStore {
  readonly #environment: StoreEnvironment;
  readonly #base: string;

  /** @param base the site's address with its base path and a final slash */
  constructor(environment: StoreEnvironment, base: string) {
    this.#environment = environment;
    this.#base = base;
  }

  /** The editions that were asked for and not removed, as they were then, by name: a language's, or a machine's. */
  async asked(): Promise<Map<string, Edition>> {
    const editions = new Map<string, Edition>();
    for (const [language, key] of await this.#lists()) {
      const list = await this.#environment.cache.match(key);
      // A damaged list is as good as none: asking again costs the list alone.
      const read = editionSchema.safeParse(await list?.json().catch(() => undefined));
      if (read.success) editions.set(language, read.data);
    }
    return editions;
  }

  /** The files of an edition that are not stored. */
  async missing({ files }: Edition): Promise<EditionFile[]> {
    const held = await this.#keys();
    return files.filter((file) => !held.has(keyOf(file, this.#base)));
  }

  /**
   * Fetches what is missing of editions and stores it, each file once its SHA-256 is right. Then files
   * of earlier editions go.
   * @param editions by name
   * @throws StoreError when it cannot go on; nothing when the signal ended it
   */
  async download(editions: ReadonlyMap<string, Edition>, options: DownloadOptions): Promise<void> {
    const lists = await Promise.all([...editions.values()].map((edition) => this.missing(edition)));
    for (const [language, edition] of editions) await this.#note(language, edition);
    const files = together(lists);
    const ended = new AbortController();
    const { signal } = ended;
    options.signal.addEventListener("abort", () => ended.abort(), { once: true });
    let next = 0;
    let left = bytesOf(files);
    let failure: unknown;
    const worker = async () => {
      for (let file = files[next++]; file && !signal.aborted; file = files[next++]) {
        try {
          await this.#fetch(file, { ...options, signal }, left);
          left -= file.bytes;
        } catch (thrown) {
          // The others end too, and those fail by that: the first failure is the reason.
          failure ??= thrown;
          ended.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    if (options.signal.aborted) return;
    if (failure !== undefined) throw failure;
    await this.#tidy();
  }

  async #fetch(file: EditionFile, { signal, onBytes }: DownloadOptions, left: number) {
    const key = keyOf(file, this.#base);
    let type: string;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    try {
      const response = await this.#environment.fetch(key, { signal });
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      type = response.headers.get("content-type") ?? "application/octet-stream";
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        pieces.push(value);
        onBytes(value.length);
      }
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new StoreError({ code: "cut", params: { file: file.path, reason } });
    }
    const bytes = await new Blob(pieces).arrayBuffer();
    if ((await sha256Of(bytes)) !== file.sha256)
      throw new StoreError(
        bytes.byteLength < file.bytes
          ? { code: "cut", params: { file: file.path, reason: "ended early" } }
          : { code: "changed", params: { file: file.path } },
      );
    try {
      await this.#environment.cache.put(
        key,
        new Response(bytes, { headers: { "content-type": type } }),
      );
    } catch (thrown) {
      if (!(thrown instanceof DOMException && thrown.name === "QuotaExceededError")) throw thrown;
      const { quota = 0, usage = 0 } = await this.#environment.estimate();
      const params = { needed: left, left: Math.max(0, quota - usage) };
      throw new StoreError({ code: "full", params });
    }
  }

  /**
   * Reads every stored file of an edition again and removes those whose content has changed.
   * @param onBytes how much has been read, as it is
   * @returns the files that were damaged
   */
  async check({ files }: Edition, onBytes: (count: number) => void): Promise<EditionFile[]> {
    const { cache } = this.#environment;
    const damaged: EditionFile[] = [];
    for (const file of files) {
      const key = keyOf(file, this.#base);
      const response = await cache.match(key);
      if (response && (await sha256Of(await response.arrayBuffer())) !== file.sha256) {
        await cache.delete(key);
        damaged.push(file);
      }
      onBytes(file.bytes);
    }
    return damaged;
  }

  /** Removes an edition, but for what another one has as well. */
  async remove(language: string): Promise<void> {
    const key = (await this.#lists()).get(language);
    if (key) await this.#environment.cache.delete(key);
    await this.#tidy();
  }

  /** Removes all files that no edition asked for has. */
  async #tidy(): Promise<void> {
    const lists = await this.#lists();
    const files = [...(await this.asked()).values()].flatMap((edition) => edition.files);
    const wanted = new Set([...lists.values(), ...files.map((file) => keyOf(file, this.#base))]);
    const others = [...(await this.#keys())].filter((key) => !wanted.has(key));
    await Promise.all(others.map((key) => this.#environment.cache.delete(key)));
  }

  /** Stores an edition's list in place of an earlier one. */
  async #note(language: string, edition: Edition): Promise<void> {
    const { cache } = this.#environment;
    const before = (await this.#lists()).get(language);
    const bytes = new TextEncoder().encode(JSON.stringify(edition));
    const path = `${LISTS}${language}.json`;
    const key = keyOf({ path, bytes: bytes.length, sha256: await sha256Of(bytes) }, this.#base);
    await cache.put(key, new Response(bytes, { headers: { "content-type": "application/json" } }));
    if (before && before !== key) await cache.delete(before);
  }

  async #lists(): Promise<Map<string, string>> {
    const lists = [...(await this.#keys())].filter((key) => key.startsWith(this.#base + LISTS));
    return new Map(
      lists.map((key) => [/([^/]+)\.json$/.exec(new URL(key).pathname)?.[1] ?? "", key]),
    );
  }

  async #keys(): Promise<Set<string>> {
    return new Set((await this.#environment.cache.keys()).map(({ url }) => url));
  }
}
