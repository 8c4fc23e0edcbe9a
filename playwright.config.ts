import { defineConfig } from "@playwright/test";
import { BASE_SITE, BROWSER, BROWSER_ARGS, FIREFOX } from "./tools/lib/test-setup.ts";

const PORT = 4399;
const BASE_PORT = 4398;
/** Where the README says that `npm start` serves the book. */
const START_URL = "http://localhost:4321/";

/** Either what needs no machine, the visits to every page above all, or all other tests. */
const visits = process.env.E2E === "pages";

const WITHOUT_MACHINE = /(site-pages|site|search)\.spec\.ts$/;

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results/e2e",
  forbidOnly: true,
  // Each machine keeps a core busy, so tests that boot one must not share it.
  workers: visits ? 2 : 1,
  fullyParallel: visits,
  timeout: 120_000,
  use: {
    baseURL: `http://localhost:${PORT}/`,
    // Tests play a server's part by intercepting requests, which a service worker would not see.
    serviceWorkers: "block",
    launchOptions: { executablePath: BROWSER.file, args: BROWSER_ARGS },
    // A film of each frame, or a copy of the page for each action, would take half of the time that
    // the machines have. What is wrong with a page is told by the visit itself.
    trace: {
      mode: visits ? "off" : "retain-on-failure",
      screenshots: false,
      snapshots: false,
    },
  },
  projects: visits
    ? [{ name: "pages", testMatch: WITHOUT_MACHINE }]
    : [
        { name: "site", testIgnore: [WITHOUT_MACHINE, /(site-base|start|offline)\.spec\.ts$/] },
        {
          name: "base",
          testMatch: /site-base\.spec\.ts$/,
          use: { baseURL: `http://localhost:${BASE_PORT}${BASE_SITE.base}` },
        },
        { name: "start", testMatch: /start\.spec\.ts$/, use: { baseURL: START_URL } },
        {
          name: "offline-chromium",
          testMatch: /offline\.spec\.ts$/,
          use: { baseURL: "http://localhost:4396/", serviceWorkers: "allow" },
        },
        {
          name: "offline-firefox",
          testMatch: /offline\.spec\.ts$/,
          use: {
            baseURL: "http://localhost:4395/",
            serviceWorkers: "allow",
            browserName: "firefox",
            channel: "moz-firefox",
            launchOptions: { executablePath: FIREFOX.file },
          },
        },
      ],
  webServer: visits
    ? [server(PORT, "/", "dist")]
    : [
        server(PORT, "/", "dist"),
        server(BASE_PORT, BASE_SITE.base, BASE_SITE.folder),
        {
          // As on a fresh clone: Vite has not seen any page yet.
          command: "rm -rf node_modules/.vite && npm start",
          url: `${START_URL}en/`,
          reuseExistingServer: false,
          timeout: 120_000,
        },
      ],
});

function server(port: number, base: string, folder: string) {
  return {
    command: `node_modules/.bin/node tests/e2e/fixtures/serve.ts ${port} ${base} ${folder}`,
    url: `http://localhost:${port}${base}`,
    reuseExistingServer: false,
  };
}
