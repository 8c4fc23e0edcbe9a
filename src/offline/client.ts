import { Workbox } from "workbox-window";
import { HASH_KEY } from "./keys.ts";

/**
 * Milliseconds in which a newer worker has taken over, or is not waited for: a browser lets the old one
 * end first what it is at, and Chromium may start it once more meanwhile (decision 12).
 */
const TAKEOVER_MS = 4_000;

/**
 * Registers the site's service worker and has it keep what this page used, so that the page can be
 * read again without a network, and searched.
 * @param base the site's base path with both slashes
 * @param language of the page, for the search
 * @param onWaiting called when there is a newer book: `accept` reloads the page with it
 */
export async function keepPages(
  base: string,
  language: string,
  onWaiting: (accept: () => void) => void,
): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const workbox = new Workbox(`${base}sw.js`, { scope: base });
  workbox.addEventListener("waiting", () => {
    // A page that no worker gave came from the server: it is of the newest book.
    if (navigator.serviceWorker.controller) onWaiting(() => takeOver(workbox, registration));
  });
  const registration = await workbox.register({ immediate: true });
  await workbox.active;
  const used = performance.getEntriesByType("resource").map(({ name }) => name);
  const urls = new Set([location.href, ...used, ...(await searchFiles(base, language))]);
  const urlsToCache = await absent([...urls].filter((url) => ours(url, base)));
  await workbox.messageSW({ type: "CACHE_URLS", payload: { urlsToCache } });
}

/** Reads the page anew once the newer worker has taken over, or has had long enough. */
function takeOver(workbox: Workbox, registration: ServiceWorkerRegistration | undefined): void {
  const reload = () => location.reload();
  // Another tab may have taken it meanwhile: there is nothing left to wait for.
  if (!registration?.waiting) {
    reload();
    return;
  }
  const late = setTimeout(() => leaveWorkers(registration).then(reload, reload), TAKEOVER_MS);
  workbox.addEventListener("controlling", () => {
    clearTimeout(late);
    reload();
  });
  workbox.messageSkipWaiting();
}

/**
 * Gives the workers up: the page comes from the server then, and brings the newer one with it. Without a
 * server they are all that has the page.
 */
async function leaveWorkers(registration: ServiceWorkerRegistration): Promise<void> {
  // The workers answer only for GET.
  const signal = AbortSignal.timeout(TAKEOVER_MS);
  const { ok } = await fetch(location.href, { method: "HEAD", cache: "no-store", signal });
  if (ok) await registration.unregister();
}

/** Those that are in no cache yet. */
async function absent(urls: readonly string[]): Promise<string[]> {
  const found = await Promise.all(urls.map((url) => caches.match(url, { ignoreSearch: true })));
  return urls.filter((_, index) => found[index] === undefined);
}

/** What the search of a language reads, and their list: small, and asked for only where bytes are not dear. */
async function searchFiles(base: string, language: string): Promise<string[]> {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (connection?.saveData) return [];
  try {
    const list = `offline/search.${language}.json`;
    const response = await fetch(base + list);
    const paths = response.ok ? [list, ...((await response.json()) as string[])] : [];
    return paths.map((path) => new URL(base + path, location.href).href);
  } catch {
    // There is no network; what was kept on an earlier visit still is.
    return [];
  }
}

function ours(url: string, base: string): boolean {
  const { origin, pathname, searchParams } = new URL(url);
  return origin === location.origin && pathname.startsWith(base) && !searchParams.has(HASH_KEY);
}
