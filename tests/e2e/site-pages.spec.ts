import { expect, type Page, test } from "@playwright/test";
import { alive } from "./fixtures/alive.ts";
import { axe, bringAxe } from "./fixtures/axe.ts";
import { sitemapPaths } from "./fixtures/built-site.ts";

/** The other theme changes colours, and nothing else that axe looks at. */
const RULES = { light: "all", dark: "colours" } as const;

// A language the book does not have, so that the front page stays where it is.
test.use({ locale: "fr" });

/** Of which pages only some are visited, by `npm test -- --changed`. */
const only = new RegExp(`^(${process.env.E2E_PAGES ?? ".*"})`);
const paths = [...sitemapPaths(), "/404.html"].filter((path) => only.test(path));

// One visit for all of it: there are many pages.
for (const path of paths)
  test(`${path} passes axe in light and dark, shows no Markdown, fits a phone, logs no error`, async ({
    page,
  }) => {
    const complaints = listen(page);
    await page.goto(path);
    // While the page comes alive.
    await bringAxe(page);
    await alive(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator("html")).toHaveCSS("color-scheme", new RegExp(colorScheme));
      expect(await axe(page, RULES[colorScheme]), colorScheme).toEqual([]);
    }
    // `**字。**字` is not bold in Markdown: the full stop has to stand outside the stars.
    await expect(page.locator("main")).not.toContainText("**");
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
  });

/** Collects what a reader's console would show as errors. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

test("axe sees what is wrong, in both themes", async ({ page }) => {
  await page.setContent(
    `<html lang="en"><head><title>t</title><style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style></head>
     <body><main><h1>h</h1><p style="background: white">Pale in the dark</p><img src="data:,"></main></body></html>`,
  );
  await page.emulateMedia({ colorScheme: "light" });
  expect((await axe(page, "all")).map(({ id }) => id)).toEqual(["image-alt"]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect((await axe(page, "all")).map(({ id }) => id).sort()).toEqual([
    "color-contrast",
    "image-alt",
  ]);
  expect((await axe(page, "colours")).map(({ id }) => id)).toEqual(["color-contrast"]);
});
