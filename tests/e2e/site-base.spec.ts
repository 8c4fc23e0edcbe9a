import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { BASE_SITE } from "../../tools/lib/test-setup.ts";
import { fileOf, references } from "./fixtures/built-site.ts";

/** The site under a base path. Run by the project `base` of playwright.config.ts. */
test("no link or asset leaves the base path, and each leads somewhere", () => {
  const all = references();
  expect(all.length).toBeGreaterThan(0);
  const outside = all.filter(({ target }) => !new URL(target).pathname.startsWith(BASE_SITE.base));
  expect(outside, "outside the base path").toEqual([]);
  const dangling = all.filter(({ target }) => !existsSync(join(BASE_SITE.folder, fileOf(target))));
  expect(dangling, "no such file").toEqual([]);
});

test("a Chinese reader is sent to the Chinese book below the base path", async ({
  browser,
  baseURL,
}) => {
  const page = await browser.newPage({ locale: "zh-CN" });
  await page.goto(String(baseURL));
  await expect(page).toHaveURL(`${baseURL}zh/`);
  await page.getByRole("link", { name: "English" }).first().click();
  await expect(page).toHaveURL(`${baseURL}en/`);
  await page.close();
});

test("search works below the base path", async ({ page }) => {
  await page.goto("en/");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("textbox").fill("Namespaces");
  const first = page.locator(".pagefind-ui__result-link").first();
  await expect(first).toHaveAttribute("href", new RegExp(`^${BASE_SITE.base}en/`));
});
