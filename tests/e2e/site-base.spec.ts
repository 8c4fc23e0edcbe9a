import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { BASE_SITE } from "../../tools/lib/test-setup.ts";
import { fileOf, idsIn, references } from "./fixtures/built-site.ts";

/** The site under a base path. Run by the project `base` of playwright.config.ts. */
test("no link or asset leaves the base path, and each leads somewhere", () => {
  const all = references();
  expect(all.length).toBeGreaterThan(0);
  const outside = all.filter(({ target }) => !new URL(target).pathname.startsWith(BASE_SITE.base));
  expect(outside, "outside the base path").toEqual([]);
  const dangling = all.filter(({ target }) => !existsSync(join(BASE_SITE.folder, fileOf(target))));
  expect(dangling, "no such file").toEqual([]);
});

test("each anchor exists, and no page leads to the other language but by its language link", () => {
  const pages = references().filter(({ page }) => /\/(zh|en)\//.test(page) && page.endsWith("/"));
  const ids = new Map<string, Set<string>>();
  const idsOf = (file: string) => {
    const known = ids.get(file) ?? idsIn(file);
    ids.set(file, known);
    return known;
  };
  const missing = pages
    .filter(({ target }) => new URL(target).hash.length > 1)
    .filter(({ target }) => {
      const file = fileOf(target);
      return (
        file.endsWith(".html") &&
        !idsOf(file).has(decodeURIComponent(new URL(target).hash.slice(1)))
      );
    });
  expect(missing, "no such anchor").toEqual([]);
  const language = (path: string) => /\/(zh|en)\//.exec(path)?.[1];
  const strays = pages
    .map(({ page, target }) => ({ page, target: new URL(target).pathname }))
    .filter(({ target }) => target.endsWith("/") && language(target) !== undefined)
    .filter(({ page, target }) => language(target) !== language(page))
    .filter(({ page, target }) => target !== otherLanguage(page));
  expect(strays, "leads to the other language").toEqual([]);
});

function otherLanguage(page: string): string {
  return page.includes("/zh/") ? page.replace("/zh/", "/en/") : page.replace("/en/", "/zh/");
}

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
