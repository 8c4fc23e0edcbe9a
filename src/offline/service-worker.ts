import { clientsClaim } from "workbox-core";
import type { WorkboxPlugin } from "workbox-core/types.js";
import { ExpirationPlugin } from "workbox-expiration";
import {
  cleanupOutdatedCaches,
  matchPrecache,
  type PrecacheEntry,
  precacheAndRoute,
} from "workbox-precaching";
import { registerRoute, setCatchHandler } from "workbox-routing";
import { CacheFirst, NetworkFirst } from "workbox-strategies";
import { EDITION_CACHE, HASH_KEY, storedResponse } from "./keys.ts";

/** What the site's service worker does: `docs/decisions/0012-offline-by-workbox.md`. */
declare const self: {
  __WB_MANIFEST: (PrecacheEntry | string)[];
  skipWaiting(): Promise<void>;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  registration: { scope: string };
};

/** Names with the hash of their content in them never change. */
const HASHED =
  /\/_astro\/|\/images\/guest\/(.*\.bin$|share\/[0-9a-f]{2}\/)|\/pagefind\/.*_[0-9a-f]+\.pf_/;
/** Seconds until what is stored answers for a server that does not. */
const PATIENCE = 4;
/** Files of earlier builds go when there are more than these: a build has some 1,500, most of them pieces of shared files. */
const FILES = 3000;

// A new worker waits until the reader wants it; the first one serves the page that brought it.
self.addEventListener("message", ({ data }) => {
  if (data?.type === "SKIP_WAITING") void self.skipWaiting();
});
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);

/** Where neither the network nor the cache of pages read has a file, the stored edition has it. */
const edition: WorkboxPlugin = {
  cachedResponseWillBeUsed: async ({ request, cachedResponse }) =>
    cachedResponse ?? (await storedResponse(await caches.open(EDITION_CACHE), request.url)),
};
/** The search asks for its list with the time in the address. */
const withoutTime: WorkboxPlugin = {
  cacheKeyWillBeUsed: async ({ request }) => request.url.replace(/\?ts=\d+$/, ""),
};
const expiration = new ExpirationPlugin({ maxEntries: FILES, purgeOnQuotaError: true });
const files = { cacheName: "one-kernel-files", plugins: [edition, expiration as WorkboxPlugin] };

interface Asked {
  url: URL;
  request: Request;
  sameOrigin: boolean;
}
const ours = ({ url, sameOrigin }: Asked) =>
  sameOrigin && url.href.startsWith(self.registration.scope) && !url.searchParams.has(HASH_KEY);
/** Somebody has seen a damaged copy. */
const anew = ({ request }: Asked) => request.cache === "reload";

registerRoute(
  (asked) => ours(asked) && HASHED.test(asked.url.pathname) && !anew(asked),
  new CacheFirst(files),
);
registerRoute(
  (asked) => ours(asked) && HASHED.test(asked.url.pathname) && anew(asked),
  new NetworkFirst(files),
);
registerRoute(
  ours,
  new NetworkFirst({
    cacheName: "one-kernel-pages",
    networkTimeoutSeconds: PATIENCE,
    plugins: [withoutTime, edition],
  }),
);

// A page that was never read: the page about reading offline says so, in its language.
setCatchHandler(async ({ request }) => {
  if (request.destination !== "document") return Response.error();
  const language = request.url.slice(self.registration.scope.length).startsWith("zh") ? "zh" : "en";
  return (await matchPrecache(`${language}/offline/index.html`)) ?? Response.error();
});
