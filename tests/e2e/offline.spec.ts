import { test as base, expect, type Page } from "@playwright/test";
import { ENGLISH, holds, lab, open, PATIENCE } from "./fixtures/lab.ts";
import { type SiteServer, serveSite } from "./fixtures/site-server.ts";

/** A server that a test switches off and on. */
class Site {
  requests: string[] = [];
  /** What it does with a request before it answers. */
  meanwhile: (path: string) => string | undefined | Promise<string | undefined> = () => undefined;
  /** Any that is free, then always the same: what is stored belongs to an address. */
  port = 0;
  #server: SiteServer | undefined;

  async start(): Promise<void> {
    this.requests = [];
    this.#server = await serveSite({
      port: this.port,
      base: "/",
      folder: "dist",
      onRequest: (path) => {
        this.requests.push(path);
        return this.meanwhile(path);
      },
    });
    this.port = this.#server.port;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }
}

const test = base.extend<{ site: Site }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it that nothing is needed.
  site: async ({}, use) => {
    const site = new Site();
    await site.start();
    await use(site);
    await site.stop();
  },
  baseURL: ({ site }, use) => use(`http://localhost:${site.port}/`),
});

test("after one visit the page can be read and searched without a server", async ({
  page,
  site,
}) => {
  await page.goto("/en/glossary/");
  await expect.poll(() => kept(page), PATIENCE).toEqual({ page: true, search: true });
  await site.stop();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Glossary");
  await finds(page, "veth");
  // And a page that was never opened does not pretend to be empty.
  await page.goto("/en/history/");
  await expect(page.locator(".ok-not-stored")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Without a network");
});

test("everything, once fetched, runs without a server; a cut resumes, damage is mended", async ({
  page,
  site,
}) => {
  test.setTimeout(150_000);
  await page.goto("/en/offline/");
  // It brings its own files first; cut short in that, it would only begin again with the next page.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const english = page.locator('[data-edition="en"]');
  const fetchAll = english.getByRole("button").first();
  await expect(fetchAll).toHaveText(/^Make it available offline \(\d[\d.]* MB\)$/, PATIENCE);
  await expect(page.locator(".ok-offline-room")).toContainText("room for");

  // The server goes away in the middle: after a hundred files, with the machines among them.
  let served = 0;
  site.meanwhile = async (path) => {
    if (path.startsWith("_astro/") || path.startsWith("images/")) served += 1;
    if (served === 100) await site.stop();
    return undefined;
  };
  await fetchAll.click();
  await expect(page.locator('[data-trouble="cut"]')).toContainText("What came is kept", PATIENCE);
  await expect(english).toHaveAttribute("data-state", "partly");
  const before = await stored(page);
  expect(before).toBeGreaterThan(50);

  // It goes on where it stopped: no file that is stored is asked for again.
  site.meanwhile = () => undefined;
  await site.start();
  await expect(fetchAll).toHaveText(/^Continue \(\d[\d.]* MB left\)$/);
  await fetchAll.click();
  await expect(english).toHaveAttribute("data-state", "stored", PATIENCE);
  const asked = site.requests.filter((path) => !path.startsWith("offline/") && path !== "sw.js");
  // All but the four that were under way, and the list of them that is stored, too.
  expect(asked.length).toBeLessThanOrEqual((await stored(page)) - before + 4);
  expect(await stored(page)).toBeGreaterThan(before + 100);

  // A file of the machine and a page are damaged where they are stored.
  await damage(page, /linux\/snapshot\..*\.bin/);
  await damage(page, /\/en\/glossary\/\?/);
  await english.getByRole("button", { name: "Check the files" }).click();
  await expect(page.locator(".ok-offline-told")).toContainText("Damaged files: 2.", PATIENCE);
  await expect(english).toHaveAttribute("data-state", "partly");
  await fetchAll.click();
  await expect(english).toHaveAttribute("data-state", "stored", PATIENCE);

  // Damaged again, it is noticed when it is used, and fetched again.
  await damage(page, /linux\/snapshot\..*\.bin/);
  site.requests = [];
  const experiment = await open(page, "/en/experiments/uts/", "uts");
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await holds(experiment, ENGLISH);
  expect(site.requests.some((path) => /^images\/guest\/linux\/snapshot\./.test(path))).toBe(true);

  // No server at all: pages never opened, the search, a machine from power-on, an experiment.
  await site.stop();
  await page.goto("/en/history/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Timeline");
  await finds(page, "whiteout");
  const another = await open(page, "/en/experiments/pid/", "pid");
  await another.getByRole("button", { name: ENGLISH.run }).click();
  await holds(another, ENGLISH);
  await expect(lab(page, "pid").locator(".ok-machine").first()).toHaveAttribute(
    "data-state",
    "ready",
  );

  // And it can be removed.
  await page.goto("/en/offline/");
  await english.getByRole("button", { name: "Remove" }).click();
  await expect(english).toHaveAttribute("data-state", "none", PATIENCE);
  expect(await stored(page)).toBe(0);
});

test("a full disk is reported with what is needed and what is left", async ({
  page,
  browserName,
}) => {
  test.skip(browserName !== "chromium", "only Chromium lets a test set the quota");
  await page.goto("/en/offline/");
  const fetchAll = page.locator('[data-edition="en"]').getByRole("button").first();
  await expect(fetchAll).toBeEnabled(PATIENCE);
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 12_000_000 });
  await fetchAll.click();
  const trouble = page.locator('[data-trouble="full"]');
  await expect(trouble).toContainText(/\d[\d.]* MB are still needed/, PATIENCE);
  await expect(trouble).toContainText(/\d[\d.]* [kMG]B are left/);
  await expect(page.locator('[data-edition="en"]')).toHaveAttribute("data-state", "partly");
});

/** What a part of the page tells of a file that is gone. */
const MISSING = { code: "stale", params: { file: "part.js" } };

test("a newer book is offered, and comes when the reader wants it", async ({ page, site }) => {
  await page.goto("/en/glossary/");
  await expect.poll(() => kept(page), PATIENCE).toEqual({ page: true, search: true });
  site.meanwhile = (path) => (path === "sw.js" ? "\n// a newer build" : undefined);
  await page.goto("/en/history/");
  const offer = page.locator("ok-keep-pages");
  await expect(offer).toContainText("published anew", PATIENCE);
  await page.evaluate(() => {
    (window as unknown as { mark: number }).mark = 1;
  });
  await offer.getByRole("button", { name: "Later" }).click();
  await expect(offer).toBeHidden();
  expect(await page.evaluate(() => (window as unknown as { mark: number }).mark)).toBe(1);
  await page.goto("/en/claims/");
  // Of two boxes in one place, the one that the page cannot do without is shown; the other comes again.
  await expect(offer).toBeVisible(PATIENCE);
  await page.evaluate((detail) => {
    window.dispatchEvent(new CustomEvent("one-kernel:script-trouble", { detail }));
  }, MISSING);
  await expect(offer).toBeHidden();
  await page.locator("ok-stale-page").getByRole("button", { name: "Reload the page" }).click();
  const another = await page.context().newPage();
  await another.goto("/en/history/");
  // In the second tab nothing is left to be taken over then: it has only to be read anew.
  for (const [tab, title] of [
    [page, "The claims"],
    [another, "Timeline"],
  ] as const) {
    // What a tab was fetching when the other took the newer worker is missing: that is told first.
    const offered = tab.locator("ok-keep-pages, ok-stale-page").filter({ visible: true });
    await expect(offered).toBeVisible(PATIENCE);
    await Promise.all([
      tab.waitForEvent("load"),
      offered.getByRole("button", { name: /^Reload (now|the page)$/ }).click(),
    ]);
    await expect(tab.getByRole("heading", { level: 1 })).toHaveText(title);
    await expect(offered).toHaveCount(0);
  }
});

test("a newer book comes though the old worker does not let go, and not without a server", async ({
  page,
  site,
}) => {
  await page.goto("/en/history/");
  await expect.poll(() => kept(page), PATIENCE).toEqual({ page: true, search: true });
  // The newer worker never takes over from one that is there.
  const stays = "\nself.skipWaiting = () => Promise.resolve();";
  site.meanwhile = (path) => (path === "sw.js" ? stays : undefined);
  await page.reload();
  const offer = page.locator("ok-keep-pages");
  const accept = async () => {
    await expect(offer).toBeVisible(PATIENCE);
    await Promise.all([
      page.waitForEvent("load"),
      offer.getByRole("button", { name: "Reload now" }).click(),
    ]);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Timeline");
  };
  await expect(offer).toBeVisible(PATIENCE);
  await site.stop();
  await accept();
  await expect(offer).toBeVisible(PATIENCE);
  await site.start();
  await accept();
  await expect.poll(() => kept(page), PATIENCE).toEqual({ page: true, search: true });
  const controller = () => page.evaluate(() => navigator.serviceWorker.controller?.state);
  await expect.poll(controller, PATIENCE).toBe("activated");
  await expect(offer).toBeHidden();
});

/** Whether the page that is open is kept, and all that the search of its language reads. */
function kept(page: Page) {
  return page.evaluate(async () => {
    const has = async (cache: string, part: string) =>
      (await (await caches.open(cache)).keys()).some(({ url }) => url.includes(part));
    const [, language] = location.pathname.split("/");
    const list = (await (await fetch(`/offline/search.${language}.json`)).json()) as string[];
    const found = list.map((path) => caches.match(`/${path}`, { ignoreSearch: true }));
    return {
      page: await has("one-kernel-pages", location.pathname),
      search: list.length > 0 && (await Promise.all(found)).every((file) => file !== undefined),
    };
  });
}

/** How many files the stored editions have. */
function stored(page: Page): Promise<number> {
  return page.evaluate(async () => (await (await caches.open("one-kernel-edition")).keys()).length);
}

/** Puts other bytes in the place of a stored file, as a failing disk would. */
async function damage(page: Page, name: RegExp): Promise<void> {
  const found = await page.evaluate(async (source) => {
    const cache = await caches.open("one-kernel-edition");
    const key = (await cache.keys()).find(({ url }) => new RegExp(source).test(url));
    if (key) await cache.put(key, new Response("not what was stored"));
    return key !== undefined;
  }, name.source);
  expect(found).toBe(true);
}

/** The search finds something by a word. */
async function finds(page: Page, word: string): Promise<void> {
  await page.getByRole("button", { name: "Search" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(word);
  await expect(dialog.locator('.pagefind-ui__result-link[href^="/en/"]').first()).toBeVisible(
    PATIENCE,
  );
  await page.keyboard.press("Escape");
}
