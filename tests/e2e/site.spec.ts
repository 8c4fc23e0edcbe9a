import { expect, type Page, test } from "@playwright/test";
import { pagePaths } from "./fixtures/built-site.ts";

test.describe("the front page", () => {
  for (const [locale, path] of [
    ["zh-CN", "/zh/"],
    ["zh-TW", "/zh/"],
    ["en-GB", "/en/"],
  ] as const) {
    test(`sends a newcomer who reads ${locale} to ${path}`, async ({ browser, baseURL }) => {
      const page = await browser.newPage({ locale, baseURL: String(baseURL) });
      await page.goto("/");
      await expect(page).toHaveURL(path);
      await page.close();
    });
  }

  test("offers both to a newcomer who reads neither", async ({ browser, baseURL }) => {
    const page = await browser.newPage({ locale: "fr", baseURL: String(baseURL) });
    await page.goto("/");
    await offersBoth(page);
    await page.close();
  });

  test("offers both without JavaScript", async ({ browser, baseURL }) => {
    const page = await browser.newPage({
      locale: "zh-CN",
      javaScriptEnabled: false,
      baseURL: String(baseURL),
    });
    await page.goto("/");
    await offersBoth(page);
    await page.close();
  });

  test("offers both to someone who comes from inside the book", async ({ page }) => {
    await page.goto("/en/");
    await page.evaluate(() => location.assign("/"));
    await offersBoth(page);
  });

  test("follows the last choice before the browser's preference", async ({ browser, baseURL }) => {
    const context = await browser.newContext({ locale: "zh-CN", baseURL: String(baseURL) });
    const page = await context.newPage();
    await page.goto("/zh/");
    await page.getByRole("link", { name: "English" }).first().click();
    await expect(page).toHaveURL("/en/");
    const later = await context.newPage();
    await later.goto("/");
    await expect(later).toHaveURL("/en/");
    await context.close();
  });

  async function offersBoth(page: Page) {
    await expect(page).toHaveURL("/");
    await expect(page.getByRole("link", { name: "阅读中文版" })).toHaveAttribute("href", "/zh/");
    await expect(page.getByRole("link", { name: "Read in English" })).toHaveAttribute(
      "href",
      "/en/",
    );
    await expect(page.locator("section[lang=en] h1")).toHaveText("One Kernel");
    await expect(page.locator("section[lang=zh-CN] h1")).toHaveText("同一个内核");
  }
});

test.describe("the language link", () => {
  for (const path of ["/zh/", "/zh/namespaces/", "/zh/experiments/uts/"]) {
    const other = path.replace("/zh/", "/en/");
    test(`keeps the page: ${path}`, async ({ page }) => {
      await page.goto(path);
      await page.getByRole("banner").getByRole("link", { name: "English" }).click();
      await expect(page).toHaveURL(other);
      await page.getByRole("banner").getByRole("link", { name: "简体中文" }).click();
      await expect(page).toHaveURL(path);
    });
  }

  test("leads from every page to the same page in the other language", async ({ request }) => {
    const paths = pagePaths().filter((path) => /^\/(zh|en)\//.test(path));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const html = await (await request.get(path)).text();
      const links = [...html.matchAll(/<a class="ok-language[^>]* href="([^"]+)"/g)];
      const other = path.startsWith("/zh/")
        ? path.replace("/zh/", "/en/")
        : path.replace("/en/", "/zh/");
      expect(
        links.map(([, href]) => href).filter((href) => href !== other),
        path,
      ).toEqual([]);
      expect(links.length, path).toBeGreaterThan(0);
      expect(paths).toContain(other);
    }
  });
});

test.describe("search", () => {
  test("speaks Chinese and finds a Chinese phrase", async ({ page }) => {
    await page.goto("/zh/");
    await page.getByRole("button", { name: "搜索" }).click();
    const dialog = page.getByRole("dialog", { name: "搜索" });
    await dialog.getByRole("textbox").fill("虚拟的硬件");
    await expect(dialog.locator(".pagefind-ui__message")).toHaveText(
      /^找到\d+条“虚拟的硬件”的结果$/,
    );
    await expect(dialog.locator(".pagefind-ui__result-link").first()).toHaveAttribute(
      "href",
      /^\/zh\//,
    );
    await expect(dialog).not.toContainText(/\b(results?|Clear|Search)\b/);
  });

  test("finds an English phrase among English pages", async ({ page }) => {
    await page.goto("/en/");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("virtual copy of the hardware");
    await expect(page.locator(".pagefind-ui__result-link").first()).toHaveAttribute(
      "href",
      /^\/en\//,
    );
  });
});

test("an unknown address gets a page in both languages", async ({ page }) => {
  const answer = await page.goto("/zh/no-such-page/");
  expect(answer?.status()).toBe(404);
  await expect(page.getByText("没有这个页面。")).toBeVisible();
  await expect(page.getByText("There is no such page.")).toBeVisible();
});

test.describe("Chinese chapters", () => {
  for (const width of [1280, 390]) {
    test(`begin no line with a closing mark at ${width} px`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      for (const slug of ["hypervisors", "namespaces", "images"]) {
        await page.goto(`/zh/${slug}/`);
        const { marks, wrong } = await page.evaluate(marksAtLineStarts);
        expect(marks).toBeGreaterThan(100);
        expect(wrong).toEqual([]);
      }
    });
  }

  /** How many closing marks the prose has, and the surroundings of those that begin a line. */
  function marksAtLineStarts(): { marks: number; wrong: string[] } {
    const wrong: string[] = [];
    let marks = 0;
    for (const block of document.querySelectorAll<HTMLElement>(".sl-markdown-content :is(p, li)")) {
      const { paddingLeft } = getComputedStyle(block);
      const start = block.getBoundingClientRect().left + Number.parseFloat(paddingLeft);
      const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode() as Text | null; node; node = texts.nextNode() as Text) {
        for (const { index } of node.data.matchAll(/[。，、；：？！）”’]/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + 1);
          const [box] = range.getClientRects();
          if (!box?.width) continue;
          marks += 1;
          if (box.left < start + 2) wrong.push(`${block.textContent}: ${node.data.slice(index)}`);
        }
      }
    }
    return { marks, wrong };
  }
});
