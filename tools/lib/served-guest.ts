import sirv from "sirv";
import type { Plugin } from "vite";

/**
 * Serves the machines from their folder as it is at each request, while developing. Vite goes by a list
 * of public files that it makes when it begins, and hears of later ones only once it has begun to listen:
 * what a build publishes in between would be missing until the next start.
 * @param base  the site's base path, with a slash at its end
 * @param folder  where `npm run guest` publishes; it need not be there yet
 */
export function servedGuest(base: string, folder: string): Plugin {
  return {
    name: "one-kernel:served-guest",
    configureServer({ middlewares }) {
      // `dev`: looked for at each request, and kept by no browser.
      const files = sirv(folder, { dev: true, etag: false });
      middlewares.use(`${base}images/guest`, files);
    },
  };
}
