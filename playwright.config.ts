import { defineConfig, type Project } from "@playwright/test";
import { BASE_SITE, BROWSER, BROWSER_ARGS, FIREFOX, HEADLESS } from "./tools/lib/test-setup.ts";

const PORT = 4399;
const BASE_PORT = 4398;

/**
 * Which tests: `pages`, that need no machine, the visits to every page above all; `measure`, that have
 * the computer to themselves; or `machines`, all others.
 */
const { E2E: which = "machines" } = process.env;

const WITHOUT_MACHINE = /(site-pages|site|search)\.spec\.ts$/;
const MEASURES = /\.measure\.spec\.ts$/;
const BASED = /site-base\.spec\.ts$/;
const STARTED = /start\.spec\.ts$/;
const OFFLINE = /offline\.spec\.ts$/;

/**
 * The quick browser, and its first compiler for WebAssembly only, as in vitest.config.ts: the second
 * one's threads take a third of a machine's time. What is measured has neither.
 */
const QUICK = {
  launchOptions: {
    executablePath: HEADLESS.file,
    args: [...BROWSER_ARGS, "--js-flags=--liftoff-only"],
  },
};

/**
 * A visit lasts a second or two: its scripts, axe's above all, are optimised for each page anew, which
 * takes a fifth of the time and is not earned back.
 */
const VISIT = {
  launchOptions: {
    executablePath: HEADLESS.file,
    args: [...BROWSER_ARGS, "--js-flags=--no-maglev --no-turbofan"],
  },
};

const PROJECTS: Record<"pages" | "measure" | "machines", Project[]> = {
  pages: [{ name: "pages", testMatch: WITHOUT_MACHINE, use: VISIT }],
  measure: [{ name: "measure", testMatch: MEASURES }],
  machines: [
    // What takes longest comes first: begun last, it would keep one of two workers waiting.
    { name: "offline-chromium", testMatch: OFFLINE, use: { serviceWorkers: "allow", ...QUICK } },
    {
      name: "offline-firefox",
      testMatch: OFFLINE,
      use: {
        serviceWorkers: "allow",
        browserName: "firefox",
        channel: "moz-firefox",
        launchOptions: { executablePath: FIREFOX.file },
      },
    },
    { name: "start", testMatch: STARTED, use: QUICK },
    {
      name: "site",
      testIgnore: [WITHOUT_MACHINE, MEASURES, BASED, STARTED, OFFLINE],
      use: QUICK,
    },
    {
      name: "base",
      testMatch: BASED,
      use: { baseURL: `http://localhost:${BASE_PORT}${BASE_SITE.base}`, ...QUICK },
    },
  ],
};

const SERVERS = {
  pages: [server(PORT, "/", "dist")],
  measure: [server(PORT, "/", "dist")],
  machines: [server(PORT, "/", "dist"), server(BASE_PORT, BASE_SITE.base, BASE_SITE.folder)],
};

if (!(which in PROJECTS)) throw new Error(`E2E=${which}: it is pages, machines or measure`);
const chosen = which as keyof typeof PROJECTS;

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: `test-results/${chosen}`,
  forbidOnly: true,
  // A machine or a page that is looked at keeps a core busy. What measures runs alone.
  workers: chosen === "measure" ? 1 : 2,
  fullyParallel: true,
  timeout: 120_000,
  // Nothing here measures time, and five seconds are little where two machines run beside a build.
  expect: { timeout: 30_000 },
  use: {
    baseURL: `http://localhost:${PORT}/`,
    // Tests play a server's part by intercepting requests, which a service worker would not see.
    serviceWorkers: "block",
    launchOptions: { executablePath: BROWSER.file, args: BROWSER_ARGS },
    // Commands appear at once; borrowing.spec.ts watches them being typed. What measures has them typed.
    ...(chosen === "machines" && { contextOptions: { reducedMotion: "reduce" as const } }),
    // A film of each frame, or a copy of the page for each action, would take half of the time that
    // the machines have. What is wrong with a page is told by the visit itself.
    trace: {
      mode: chosen === "pages" ? "off" : "retain-on-failure",
      screenshots: false,
      snapshots: false,
    },
  },
  projects: PROJECTS[chosen],
  webServer: SERVERS[chosen],
});

function server(port: number, base: string, folder: string) {
  return {
    command: `node_modules/.bin/node tests/e2e/fixtures/serve.ts ${port} ${base} ${folder}`,
    url: `http://localhost:${port}${base}`,
    reuseExistingServer: false,
  };
}
