import { test as base, expect, type Page } from "@playwright/test";
import { alive } from "./fixtures/alive.ts";
import { AXE, axe } from "./fixtures/axe.ts";
import { bytesOf, pagePaths } from "./fixtures/built-site.ts";

/** A phone and the screen that a page is opened on, in CSS pixels. */
const PHONE = { width: 390, height: 844 };
const SCREEN = { width: 1280, height: 720 };

/** The other theme changes colours, and nothing else that axe looks at. */
const RULES = { light: "all", dark: "colours" } as const;

/**
 * One tab for all visits of a worker: a new one for each, with axe read anew, would take half of the
 * time. What a page leaves behind is cleared.
 */
const test = base.extend<{ tab: Page }, { shared: Page }>({
  shared: [
    async ({ browser }, use, { project }) => {
      const { baseURL, serviceWorkers } = project.use;
      // A language the book does not have, so that the front page stays where it is.
      const context = await browser.newContext({
        locale: "fr",
        ...(baseURL && { baseURL }),
        ...(serviceWorkers && { serviceWorkers }),
      });
      // Before each page's own scripts: read into the page later, it would be sent there each time.
      await context.addInitScript(AXE);
      await use(await context.newPage());
      await context.close();
    },
    { scope: "worker" },
  ],
  tab: async ({ shared }, use) => {
    await shared.setViewportSize(SCREEN);
    await use(shared);
    if (shared.url().startsWith("http")) await shared.evaluate(() => localStorage.clear());
    await shared.goto("about:blank");
    shared.removeAllListeners();
  },
});

/** Of which pages only some are visited, by `npm test -- --changed`. */
const only = new RegExp(`^(${process.env.E2E_PAGES ?? ".*"})`);
/** The longest first: it takes longest. */
const paths = [...pagePaths(), "/404.html"]
  .filter((path) => only.test(path))
  .toSorted((a, b) => bytesOf(b) - bytesOf(a));

// One visit for all of it: there are many pages.
for (const path of paths)
  test(`${path} passes axe in light and dark, shows no Markdown, fits a phone, logs no error`, async ({
    tab,
  }) => {
    const complaints = listen(tab);
    await tab.goto(path);
    await alive(tab);
    for (const colorScheme of ["light", "dark"] as const) {
      await tab.emulateMedia({ colorScheme });
      await themed(tab, colorScheme);
      expect(await axe(tab, RULES[colorScheme]), colorScheme).toEqual([]);
    }
    // `**字。**字` is not bold in Markdown: the full stop has to stand outside the stars.
    await expect(tab.locator("main")).not.toContainText("**");
    await tab.setViewportSize(PHONE);
    const width = await tab.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(PHONE.width);
    expect(complaints).toEqual([]);
  });

/** Waits until the page has the theme that the system wants; the script that changes it is told a little later. */
async function themed(page: Page, scheme: string): Promise<void> {
  await page.waitForFunction(
    (scheme) => getComputedStyle(document.documentElement).colorScheme.includes(scheme),
    scheme,
  );
}

/** Collects what a reader's console would show as errors. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

test("axe sees what is wrong, in both themes", async ({ tab }) => {
  await tab.setContent(
    `<html lang="en"><head><title>t</title><style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style></head>
     <body><main><h1>h</h1><p style="background: white">Pale in the dark</p><img src="data:,"></main></body></html>`,
  );
  await tab.emulateMedia({ colorScheme: "light" });
  expect((await axe(tab, "all")).map(({ id }) => id)).toEqual(["image-alt"]);
  await tab.emulateMedia({ colorScheme: "dark" });
  expect((await axe(tab, "all")).map(({ id }) => id).sort()).toEqual([
    "color-contrast",
    "image-alt",
  ]);
  expect((await axe(tab, "colours")).map(({ id }) => id)).toEqual(["color-contrast"]);
});
