import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import sharp from "sharp";
import { writtenChapters } from "../../src/book/chapters.ts";
import { BASE_SITE } from "../../tools/lib/test-setup.ts";
import { fileOf, idsIn, pagePaths, references } from "./fixtures/built-site.ts";

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

test.describe("what a page says of itself to programs", () => {
  const { address, base, folder } = BASE_SITE;
  const site = `${address}${base}`;
  const languages = ["zh", "en"] as const;
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const pages = pagePaths(folder).filter((path) => /^\/(zh|en)\//.test(path));
  const meta = (html: string, property: string) =>
    new RegExp(`<meta property="${property}" content="([^"]*)"`).exec(html)?.[1];

  test("each has a picture of its own for sharing, of the usual size", async () => {
    expect(pages.length).toBeGreaterThan(100);
    const pictures = new Set<string>();
    for (const path of pages) {
      const html = read(`${path.slice(1)}index.html`);
      const picture = meta(html, "og:image") ?? "";
      expect(picture.startsWith(site), path).toBe(true);
      const file = join(folder, picture.slice(site.length));
      const { width, height, format } = await sharp(file).metadata();
      expect({ width, height, format }, path).toEqual({ width: 1200, height: 630, format: "png" });
      expect(meta(html, "og:description"), path).toBeTruthy();
      pictures.add(readFileSync(file, "base64"));
    }
    expect(pictures.size).toBe(pages.length);
  });

  test("search engines get each page once in each language", () => {
    expect(read("robots.txt")).toContain(`Sitemap: ${site}sitemap-index.xml\n`);
    const entries = [...read("sitemap-0.xml").matchAll(/<url>.*?<\/url>/gs)].map(
      ([entry]) => entry,
    );
    expect(entries.length).toBeGreaterThanOrEqual(pages.length);
    for (const entry of entries) {
      const hrefs = [...entry.matchAll(/hreflang="([^"]+)"/g)].map(([, lang]) => lang);
      expect(hrefs.toSorted(), entry).toEqual(/\/(zh|en)\//.test(entry) ? ["en", "zh-CN"] : []);
    }
    for (const path of pages) {
      const html = read(`${path.slice(1)}index.html`);
      expect(html, path).toContain(`<link rel="canonical" href="${site}${path.slice(1)}"`);
    }
  });

  test("the book and its chapters are described in the words of schema.org", () => {
    for (const language of languages) {
      const described = (slug: string) => {
        const html = read(join(language, slug, "index.html"));
        const [, json = ""] =
          /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html) ?? [];
        return JSON.parse(json);
      };
      const book = described("");
      expect(book).toMatchObject({ "@type": "Book", url: `${site}${language}/` });
      const urls = writtenChapters().map(({ slug }) => `${site}${language}/${slug}/`);
      expect(book.hasPart.map(({ url }: { url: string }) => url)).toEqual(urls);
      for (const [index, { slug }] of writtenChapters().entries())
        expect(described(slug)).toMatchObject({
          "@type": "Chapter",
          url: urls[index],
          position: index + 1,
          dateModified: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
          isPartOf: { "@id": `${site}${language}/` },
        });
    }
  });

  test("a reader is led to a chapter's source, and told when it last changed", () => {
    for (const language of languages) {
      const html = read(`${language}/rings/index.html`);
      expect(html).toContain(
        `href="${address}/repository/edit/main/src/content/docs/${language}/rings.mdx"`,
      );
      expect(html).toMatch(/<time datetime="20\d\d-/);
    }
  });

  test("its policy lets no script run but the site's own and those that stand in it", () => {
    for (const path of ["/", ...pages, "/404.html"]) {
      const html = read(path.endsWith("/") ? `${path.slice(1)}index.html` : path.slice(1));
      const [policy, ...more] = [
        ...html.matchAll(/<meta http-equiv="content-security-policy" content="([^"]+)">/g),
      ];
      expect(more, path).toEqual([]);
      // What stands before it would not be held to it.
      expect(html.slice(0, policy?.index), path).not.toMatch(/<(script|link|style|base)/);
      const scripts =
        /script-src ([^;]+)/
          .exec(policy?.[1] ?? "")?.[1]
          ?.trim()
          .split(" ") ?? [];
      const [own, wasm, ...hashes] = scripts;
      expect([own, wasm], path).toEqual(["'self'", "'wasm-unsafe-eval'"]);
      for (const hash of hashes) expect(hash, path).toMatch(/^'sha256-[A-Za-z0-9+/]{43}='$/);
    }
  });

  test("a site that does not know its address names none", () => {
    const files = readdirSync("dist", { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => /^sitemap|^sharing/.test(file))).toEqual([]);
    for (const file of files.filter((name) => name.endsWith(".html"))) {
      const html = readFileSync(join("dist", file), "utf8");
      expect(html, file).not.toMatch(
        /rel="canonical"|og:url|og:image|ld\+json|hreflang="x-default"/,
      );
      expect(html, file).not.toMatch(/(href|content|src)="https?:\/\/localhost/);
    }
    expect(readFileSync("dist/robots.txt", "utf8")).toBe("User-agent: *\nAllow: /\n");
  });
});
