import { join } from "node:path";
import { type Browser, chromium, type Route } from "@playwright/test";
import { fromHtml } from "hast-util-from-html";
import { toString as textOf } from "hast-util-to-string";
import { BROWSER, BROWSER_ARGS } from "../lib/test-setup.ts";
import type { Page, Picture } from "./convert.ts";
import { pictureOf } from "./picture-of.ts";
import { sourceOf } from "./source.ts";
import { find } from "./tree.ts";

/** What the browser draws: drawings, and the parts of an instrument's picture, so that a page can end between. */
const PICTURES = ".ok-drawing, .ok-picture > *:not(details)";
/** CSS pixels: as wide as the text of the printed page. */
const WIDTH = 636;
/** A drawing's 14 px are then the 10 points of the printed text. */
const DRAWING = 380;
/** The printed book's fonts, so that lines are as long there as here. */
const STYLE = `
  :root { color-scheme: light !important; font-size: 14px; }
  *, :lang(zh) { font-family: "Noto Sans CJK SC" !important; }
  :lang(en) { font-family: "Noto Sans", "Noto Sans CJK SC" !important; }
  :root :is(code, pre, code *, pre *) { font-family: "JetBrains Mono", "Noto Sans Mono CJK SC" !important; }
  .ok-diagram svg { max-width: ${DRAWING}px !important; }
  .sl-markdown-content { width: ${WIDTH}px; }
  .ok-picture { width: ${WIDTH - 40}px; }
  .ok-picture details { display: none; }`;

/** A built site's pages, as the printed book takes them. */
export class BuiltSite {
  readonly #folder: string;
  readonly #base: string;
  readonly #browser: Browser;

  private constructor(folder: string, base: string, browser: Browser) {
    this.#folder = folder;
    this.#base = base;
    this.#browser = browser;
  }

  /** @param base the path below which the site was built, with both slashes */
  static async open(folder: string, base: string): Promise<BuiltSite> {
    const browser = await chromium.launch({ executablePath: BROWSER.file, args: BROWSER_ARGS });
    return new BuiltSite(folder, base, browser);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  async page(language: string, slug: string): Promise<Page> {
    const source = await sourceOf(language, slug);
    const { html, pictures } = await this.#draw(`${language}/${slug}/`);
    const root = fromHtml(html);
    const [content] = find(root, ({ properties }) =>
      String(properties.className).includes("sl-markdown-content"),
    );
    const [title] = find(root, ({ tagName }) => tagName === "h1");
    if (!content || !title) throw new Error(`${source.file}: no content, or no title`);
    return { slug, source, title: textOf(title), content, pictures };
  }

  /** The page's HTML with a mark at each picture, and the pictures. */
  async #draw(address: string) {
    const page = await this.#browser.newPage({
      viewport: { width: WIDTH + 80, height: 1000 },
      javaScriptEnabled: true,
    });
    try {
      await page.route("**/*", (route) => this.#serve(route));
      await page.emulateMedia({ media: "print", colorScheme: "light" });
      await page.goto(`http://site.test${this.#base}${address}`);
      await page.addStyleTag({ content: STYLE });
      await page.evaluate(() => document.fonts.ready);
      const drawn = page.locator(PICTURES);
      const pictures: Record<string, Picture> = {};
      for (const [index, element] of (await drawn.all()).entries()) {
        const picture = await element.evaluate(pictureOf);
        if (picture.width * picture.height === 0) continue;
        pictures[index] = picture;
        await element.evaluate((node, name) => {
          node.setAttribute("data-picture", name);
        }, String(index));
      }
      return { html: await page.content(), pictures };
    } finally {
      await page.close();
    }
  }

  async #serve(route: Route): Promise<void> {
    const { pathname } = new URL(route.request().url());
    const path = decodeURIComponent(pathname.slice(this.#base.length));
    // Scripts would bring instruments to life; the printed book has their recordings.
    if (path.endsWith(".js")) return route.abort();
    const file = join(this.#folder, path, path === "" || path.endsWith("/") ? "index.html" : "");
    await route.fulfill({ path: file }).catch(() => route.abort());
  }
}
