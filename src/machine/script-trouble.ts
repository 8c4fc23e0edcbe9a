/** Why a file that belongs to the page, such as a script, could not be used; as `MachineErrorData`. */
export type ScriptTrouble =
  /** It is not there any more, or what came is not it: reloading the page mends it. */
  | { code: "stale"; params: { file: string } }
  /** The network, or the server, does not answer. */
  | { code: "script"; params: { file: string; reason: string } }
  /** The site answers, but something on the way does not let this file through. */
  | { code: "blocked"; params: { file: string } };

/**
 * Finds out why a file could not be used, by asking for it once more past every cache. If a damaged
 * copy was kept, the sound one takes its place, so that a reload finds it.
 *
 * It stands alone, without imports: `watch-stale.ts` puts its text into every page, to be there when
 * no other script is.
 * @param url   address of the file
 * @param page  address of the page that wanted it
 */
export async function scriptTrouble(url: string, page: string): Promise<ScriptTrouble> {
  /** Longer than any server takes that answers at all. */
  const patienceMs = 10_000;
  const unavailable = 500;
  const file = new URL(url, page).pathname.replace(/^.*\//, "") || url;
  const ask = (address: string, options: RequestInit) =>
    fetch(address, { ...options, signal: AbortSignal.timeout(patienceMs) });
  try {
    const { status } = await ask(url, { cache: "reload" });
    if (status < unavailable) return { code: "stale", params: { file } };
    return { code: "script", params: { file, reason: `HTTP ${status}` } };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    try {
      await ask(page, { method: "HEAD", cache: "no-store" });
    } catch {
      return { code: "script", params: { file, reason } };
    }
    return { code: "blocked", params: { file } };
  }
}

/**
 * The same for a failed `import()`. Its error has the address in its message in most browsers.
 * @param fallback  what to ask for where it does not
 */
export async function importTrouble(
  thrown: unknown,
  page: string,
  fallback: string = page,
): Promise<ScriptTrouble> {
  const [url] = /https?:\/\/[^\s"')]+/.exec(String(thrown)) ?? [];
  return scriptTrouble(url ?? fallback, page);
}
