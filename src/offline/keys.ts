import type { EditionFile } from "./edition.ts";

/** The cache that holds the files of stored editions. */
export const EDITION_CACHE = "one-kernel-edition";
/** Part of a stored file's key: files of another content have another key. */
export const HASH_KEY = "sha256";

/**
 * Under what a file is stored, and where it is fetched from: a server of files ignores the query,
 * and no cache on the way can answer with an older file.
 * @param base the site's address with its base path and a final slash
 */
export function keyOf({ path, sha256 }: EditionFile, base: string): string {
  const url = new URL(path.replace(/(^|\/)index\.html$/, "$1"), base);
  url.searchParams.set(HASH_KEY, sha256);
  return url.href;
}

/** SHA-256 in lower-case hexadecimal digits. */
export async function sha256Of(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sum of the files' sizes. */
export function bytesOf(files: readonly EditionFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Each file once: the machines belong to the editions of both languages. */
export function together(lists: readonly (readonly EditionFile[])[]): EditionFile[] {
  return [...new Map(lists.flat().map((file) => [file.path, file])).values()];
}

/**
 * A stored file of the book, for an address as pages have it: without a hash.
 * @returns undefined when it is not stored; a file whose content has changed is fetched again or removed
 */
export async function storedResponse(cache: Cache, url: string): Promise<Response | undefined> {
  // While a newer edition is being stored there are two; the later one is the newer.
  const key = (await cache.keys(url, { ignoreSearch: true })).at(-1);
  const response = key && (await cache.match(key));
  if (!response) return undefined;
  const bytes = await response.arrayBuffer();
  const sound = (await sha256Of(bytes)) === new URL(key.url).searchParams.get(HASH_KEY);
  if (sound) return new Response(bytes, { headers: response.headers });
  await cache.delete(key);
  return mended(cache, key.url);
}

/** Fetches a damaged file again and stores it; undefined when it cannot be had. */
async function mended(cache: Cache, key: string): Promise<Response | undefined> {
  try {
    const response = await fetch(key);
    const bytes = await response.arrayBuffer();
    if ((await sha256Of(bytes)) !== new URL(key).searchParams.get(HASH_KEY)) return undefined;
    const whole = () => new Response(bytes, { headers: response.headers });
    await cache.put(key, whole());
    return whole();
  } catch {
    // There is no network, or no room: whoever asked is told by what comes instead.
    return undefined;
  }
}
