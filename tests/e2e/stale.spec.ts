import { expect, type Page, type Route, test } from "@playwright/test";
import { instrument, live, open as openGallery } from "./fixtures/gallery.ts";
import { CHINESE, ENGLISH, holds, lab, open, PATIENCE, state } from "./fixtures/lab.ts";

/** What becomes of a file when the site is published anew, or a copy of it is damaged. */
const FATES = {
  missing: (route: Route) => route.fulfill({ status: 404, body: "Not Found" }),
  damaged: (route: Route) =>
    route.fulfill({ contentType: "text/javascript", body: "export const broken = ;(" }),
  // Some hosts answer for every address with a page.
  page: (route: Route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
} as const;

const box = (page: Page) => page.locator("ok-stale-page");
/** What the box says, for the file that it names. */
async function says(page: Page, words: string | RegExp, file: RegExp | string): Promise<void> {
  await expect(box(page)).toBeVisible(PATIENCE);
  await expect(box(page).locator("p:visible").first()).toContainText(words);
  await expect(box(page).locator("code")).toHaveText(file);
}

/** Spoils requests for files until the function returned is called. */
async function spoil(page: Page, url: string, how: (route: Route) => Promise<void>) {
  let spoilt = true;
  await page.route(url, (route) => (spoilt ? how(route) : route.continue()));
  return () => {
    spoilt = false;
  };
}

/** The network is gone for a file, and for the page itself, which is asked for to tell the two apart. */
async function cut(page: Page, url: string) {
  const gone = (route: Route) => route.abort("internetdisconnected");
  const mendPage = await spoil(page, "**/experiments/uts/", (route) =>
    route.request().method() === "HEAD" ? gone(route) : route.continue(),
  );
  const mendFile = await spoil(page, url, gone);
  return () => {
    mendPage();
    mendFile();
  };
}

for (const [fate, how] of Object.entries(FATES))
  test(`an experiment whose script is ${fate} says so, and a reload mends it`, async ({ page }) => {
    const mend = await spoil(page, "**/_astro/ExperimentView.*.js*", how);
    await page.goto("en/experiments/uts/");
    const experiment = lab(page, "uts");
    await experiment.scrollIntoViewIfNeeded();
    await says(page, "published anew", /^ExperimentView\..*\.js$/);
    await expect(experiment.locator(".ok-primary")).toBeDisabled();
    mend();
    await box(page).getByRole("button", { name: "Reload the page" }).click();
    await experiment.scrollIntoViewIfNeeded();
    await expect(experiment.locator(".ok-primary")).toBeEnabled(PATIENCE);
    await expect(box(page)).toBeHidden();
  });

for (const [what, file] of [
  ["what brings all parts to life", "client.*.js"],
  ["what many parts share", "page-machine.*.js"],
  ["a style", "lab.*.css"],
  ["what keeps pages", "KeepPages.*.js"],
  ["the table of contents", "TableOfContents.*.js"],
] as const)
  test(`a page misses ${what}`, async ({ page }) => {
    await spoil(page, `**/_astro/${file}*`, FATES.missing);
    await page.goto("zh/rings/");
    await lab(page, "system-call").scrollIntoViewIfNeeded();
    await says(page, "重新发布过", /./);
    // Who would rather read on can.
    await box(page).getByRole("button", { name: "以后再说" }).click();
    await expect(box(page)).toBeHidden();
  });

test("a network that is gone is not taken for a newer site", async ({ page }) => {
  await cut(page, "**/_astro/ExperimentView.*.js*");
  await page.goto("en/experiments/uts/");
  await lab(page, "uts").scrollIntoViewIfNeeded();
  await says(page, "the network or the server does not answer", /\.js$/);
});

test("a server in trouble is not taken for a newer site", async ({ page }) => {
  await spoil(page, "**/_astro/ExperimentView.*.js*", (route) => route.fulfill({ status: 503 }));
  await page.goto("en/experiments/uts/");
  await lab(page, "uts").scrollIntoViewIfNeeded();
  await says(page, "the network or the server does not answer", /\.js$/);
});

test("a filter that holds a script back is told as one", async ({ page }) => {
  await spoil(page, "**/_astro/ExperimentView.*.js*", (route) => route.abort("blockedbyclient"));
  await page.goto("zh/experiments/uts/");
  await lab(page, "uts").scrollIntoViewIfNeeded();
  await says(page, "扩展", /\.js$/);
});

test("without its terminal, Run says so; what was typed is kept", async ({ page }) => {
  const words = CHINESE;
  const mend = await spoil(page, "**/_astro/terminal-view.*.js", FATES.missing);
  const experiment = await open(page, "zh/experiments/uts/", "uts");
  await experiment.getByText(words.notes).click();
  const notes = experiment.getByRole("textbox", { name: words.notes });
  await notes.fill("still mine");
  await experiment.getByRole("button", { name: words.run }).click();
  await says(page, "重新发布过", /^terminal-view/);
  // Nothing waits for what will not come.
  await expect(experiment.getByRole("button", { name: words.run })).toBeEnabled(PATIENCE);
  mend();
  await box(page).getByRole("button").first().click();
  await experiment.scrollIntoViewIfNeeded();
  await expect(notes).toHaveValue("still mine");
  await experiment.getByRole("button", { name: words.run }).click();
  await holds(experiment, words);
});

for (const [fate, how] of Object.entries(FATES))
  test(`a machine whose worker is ${fate} is not taken for an old browser`, async ({ page }) => {
    const mend = await spoil(page, "**/_astro/worker-*.js", how);
    const experiment = await open(page, "en/experiments/uts/", "uts");
    await experiment.getByRole("button", { name: ENGLISH.start }).click();
    await state(experiment, "failed");
    const trouble = experiment.locator(".ok-machine .ok-trouble");
    await expect(trouble).toContainText(/worker-\S+\.js, is not on the server any more/);
    mend();
    await trouble.getByRole("button", { name: "Reload the page" }).click();
    await experiment.scrollIntoViewIfNeeded();
    await experiment.getByRole("button", { name: ENGLISH.start }).click();
    await state(experiment, "ready");
  });

test("a machine whose worker cannot be reached starts once it can", async ({ page }) => {
  const experiment = await open(page, "zh/experiments/uts/", "uts");
  const mend = await cut(page, "**/_astro/worker-*.js");
  await experiment.getByRole("button", { name: CHINESE.start }).click();
  await state(experiment, "failed");
  await expect(experiment.locator(".ok-machine .ok-trouble")).toContainText("请检查网络");
  mend();
  await experiment.getByRole("button", { name: CHINESE.retry }).click();
  await state(experiment, "ready");
});

for (const fate of ["missing", "damaged"] as const)
  test(`a recording that is ${fate} is not played in silence`, async ({ page }) => {
    const mend = await spoil(page, "**/_astro/*.cast", FATES[fate]);
    // Its recordings are too long to be part of a script.
    const experiment = await open(page, "en/experiments/limits/", "limits");
    await experiment.getByRole("button", { name: ENGLISH.play }).click();
    await says(page, "published anew", /\.cast$/);
    await expect(experiment.locator(".ok-terminal .ok-trouble").first()).toContainText(".cast");
    await box(page).getByRole("button", { name: "Not now" }).click();
    mend();
    await experiment.getByRole("button", { name: "Stop the recording" }).click();
    await experiment.getByRole("button", { name: ENGLISH.play }).click();
    await expect(experiment.locator(".xterm-rows").first()).toContainText("root@", PATIENCE);
  });

test("a recording without its terminal says so in its place", async ({ page }) => {
  await spoil(page, "**/_astro/terminal-view.*.js", FATES.missing);
  const experiment = await open(page, "zh/experiments/uts/", "uts");
  await experiment.getByRole("button", { name: CHINESE.play }).click();
  await expect(experiment.locator(".ok-terminal .ok-trouble").first()).toContainText("比网站旧");
  await says(page, "重新发布过", /^terminal-view/);
});

for (const [what, file] of [
  ["worker", "lens-worker-*.js"],
  ["disassembler", "capstone-*.js"],
] as const)
  test(`a lens without its ${what} says so once, and asks no more`, async ({ page }) => {
    test.setTimeout(240_000);
    let asked = 0;
    await page.route(`**/_astro/${file}`, (route) => {
      asked += 1;
      return FATES.missing(route);
    });
    await openGallery(page);
    const lens = instrument(page, "translation-lens");
    await lens.getByRole("button", { name: ENGLISH.start }).click();
    await expect(lens.locator(".ok-trouble")).toContainText("older than the site", PATIENCE);
    await says(page, "published anew", /\.js$/);
    await live(page, "translation-lens", false);
    const before = asked;
    await box(page).getByRole("button", { name: "Not now" }).click();
    await lens.getByRole("button", { name: "Compute a SHA-256" }).click();
    await expect(lens.locator(".ok-trouble")).toContainText("older than the site", PATIENCE);
    expect(asked).toBe(before);
    await expect(box(page)).toBeHidden();
  });

test.describe("the search", () => {
  const trouble = (page: Page) => page.getByRole("dialog").locator("ok-search-trouble");
  const look = async (page: Page, path: string) => {
    await page.goto(path);
    await page.getByRole("button", { name: /Search|搜索/ }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("namespace");
  };

  for (const [what, file] of [
    ["script", "pagefind.js"],
    ["list", "pagefind-entry.json*"],
    ["index", "*.pf_meta"],
    ["engine", "wasm.*.pagefind"],
    ["list of words", "index/*"],
  ] as const)
    test(`says that its ${what} is missing, where it can be clicked`, async ({ page }) => {
      const mend = await spoil(page, `**/pagefind/${file}`, FATES.missing);
      await look(page, "en/about/");
      await expect(trouble(page)).toContainText("published anew", PATIENCE);
      mend();
      await trouble(page).getByRole("button", { name: "Reload the page" }).click();
      await look(page, "en/about/");
      await expect(page.locator(".pagefind-ui__result-link").first()).toBeVisible(PATIENCE);
      await expect(trouble(page)).toBeHidden();
    });

  test("says that there is nothing only where its index is whole", async ({ page }) => {
    const mend = await spoil(page, "**/pagefind/index/*", FATES.missing);
    await look(page, "en/about/");
    await expect(trouble(page)).toBeVisible(PATIENCE);
    mend();
    await page.getByRole("dialog").getByRole("textbox").fill("zqxjkv");
    await expect(page.locator(".pagefind-ui__message")).toContainText("zqxjkv", PATIENCE);
    await expect(trouble(page)).toBeHidden();
  });

  test("says nothing of an index that it cannot know, and asks again", async ({ page }) => {
    const list = "**/offline/search.en.json";
    const mend = await spoil(page, list, (route) => route.fulfill({ status: 503 }));
    const asked = page.waitForResponse(list);
    const field = page.getByRole("dialog").getByRole("textbox");
    await page.goto("en/about/");
    await page.getByRole("button", { name: "Search" }).click();
    await field.fill("zqxjkv");
    expect((await asked).status()).toBe(503);
    await expect(page.locator(".pagefind-ui__message")).toContainText("zqxjkv", PATIENCE);
    await expect(trouble(page)).toBeHidden();
    const again = page.waitForResponse(
      (response) => response.url().endsWith("/offline/search.en.json") && response.ok(),
    );
    mend();
    await field.fill("zqxjkvw");
    await again;
    await expect(trouble(page)).toBeHidden();
  });

  test("says that what it found is missing", async ({ page }) => {
    await spoil(page, "**/pagefind/fragment/*", FATES.missing);
    await look(page, "zh/about/");
    await expect(trouble(page)).toContainText("重新发布过", PATIENCE);
  });

  test("says that its index was made anew", async ({ page }) => {
    await look(page, "en/about/");
    await expect(page.locator(".pagefind-ui__result-link").first()).toBeVisible(PATIENCE);
    await expect(trouble(page)).toBeHidden();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.route("**/pagefind/pagefind-entry.json", (route) =>
      route.fulfill({ json: { version: "1.5.2", languages: { en: { hash: "en_other" } } } }),
    );
    await page.getByRole("button", { name: "Search" }).click();
    await expect(trouble(page)).toContainText("published anew", PATIENCE);
  });

  test("says that its field is held up, and is mended when it comes", async ({ page }) => {
    const held: Route[] = [];
    await page.setViewportSize({ width: 390, height: 844 });
    await page.clock.install();
    await page.route("**/_astro/ui-core.*.js", (route) => void held.push(route));
    await page.goto("zh/about/");
    await page.clock.runFor(100);
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await page.getByRole("button", { name: "搜索" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expect(trouble(page)).toBeHidden();
    await page.clock.runFor(10_000);
    await expect(trouble(page)).toContainText("十秒");
    const close = await page.getByRole("button", { name: "取消" }).boundingBox();
    const told = await trouble(page).boundingBox();
    expect(told?.y).toBeGreaterThanOrEqual((close?.y ?? 0) + (close?.height ?? Number.NaN));
    for (const route of held) await route.continue();
    await expect(page.getByRole("dialog").getByRole("textbox")).toBeVisible(PATIENCE);
    await expect(trouble(page)).toBeHidden();
  });

  test("says in the page that its field is missing", async ({ page }) => {
    await spoil(page, "**/_astro/ui-core.*.js", FATES.missing);
    await page.goto("en/about/");
    await says(page, "published anew", /^ui-core/);
  });
});

test("a page with all its files says nothing", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const experiment = await open(page, "en/experiments/uts/", "uts");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  await expect(box(page)).toBeHidden();
  expect(errors).toEqual([]);
});
