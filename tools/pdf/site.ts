import { join } from "node:path";
import { type Browser, chromium, type Route } from "@playwright/test";
import { fromHtml } from "hast-util-from-html";
import { toString as textOf } from "hast-util-to-string";
import { BROWSER_ARGS, HEADLESS } from "../lib/test-setup.ts";
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

/**
 * Draws all that is to be drawn and has a size, and marks each where it stands. Runs in the page, and
 * at once: a call for each would look for it among all of the page's elements again.
 * @param source the text of {@link pictureOf}
 */
function drawAll(elements: Element[], source: string): Record<string, Picture> {
  const draw: typeof pictureOf = new Function(`return ${source}`)();
  const drawn = elements.map(draw);
  const all = [...drawn.entries()].filter(([, { width, height }]) => width * height > 0);
  for (const [index] of all) elements[index]?.setAttribute("data-picture", String(index));
  return Object.fromEntries(all);
}

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
    const browser = await chromium.launch({ executablePath: HEADLESS.file, args: BROWSER_ARGS });
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
      // The page would forbid what draws its pictures, which comes as text.
      bypassCSP: true,
    });
    try {
      await page.route("**/*", (route) => this.#serve(route));
      await page.emulateMedia({ media: "print", colorScheme: "light" });
      await page.goto(`http://site.test${this.#base}${address}`);
      await page.addStyleTag({ content: STYLE });
      await page.evaluate(() => document.fonts.ready);
      const pictures = await page.locator(PICTURES).evaluateAll(drawAll, String(pictureOf));
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
