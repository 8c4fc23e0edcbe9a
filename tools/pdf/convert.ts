import type { Element, ElementContent } from "hast";
import { toString as textOf } from "hast-util-to-string";
import { BY_CLASS, BY_TAG, type Handler, PLAIN, SCREEN_ONLY } from "./elements.ts";
import { call, fitted, label, link, string, text } from "./markup.ts";
import { lineOf, type Source } from "./source.ts";
import { classesOf, find, id } from "./tree.ts";

/** A picture as the browser drew it. Sizes in CSS pixels. */
export interface Picture {
  svg: string;
  width: number;
  height: number;
}

/** A page of the site that becomes part of the book. */
export interface Page {
  /** Address below the language: `namespaces`, `experiments/uts`. */
  slug: string;
  /** What it was built from, for messages. */
  source: Source;
  title: string;
  content: Element;
  /** What the browser drew of it, by the elements' `data-picture`. */
  pictures: Readonly<Record<string, Picture>>;
}

/** Where links of the book lead. */
export interface Places {
  language: "zh" | "en";
  /** The site's address with its base path and a final slash; undefined where nobody has said it. */
  site: string | undefined;
  /** Slugs of the pages that are in the book. */
  inside: ReadonlySet<string>;
  /** Experiments that are printed somewhere, so that a link can lead there. */
  experiments: ReadonlySet<string>;
  /** Experiments and instruments that have been printed: a later place only refers to the first. */
  printed: Set<string>;
}

/** Something on a page that has no place in the book yet. */
export class ConvertError extends Error {
  override name = "ConvertError";
}

/** Latin letters that fit on a line of program text, in the page's width and in an experiment's box. */
const COLUMNS = { page: 86, box: 80 };
/** CSS pixels to points: 96 and 72 to the inch. */
const POINTS = 0.75;
/** Points of a page's height that a picture may take: 25 cm of text, less its title and caption. */
const TALLEST = 600;

/** Turns one page's content into Typst markup. Every element has a handler here, or is an error. */
export class Writer {
  readonly page: Page;
  readonly places: Places;
  /** The heading last written. */
  heading: Element | undefined;
  readonly #notes = new Map<string, Element>();
  readonly #noted = new Set<string>();
  #columns = COLUMNS.page;

  constructor(page: Page, places: Places) {
    this.page = page;
    this.places = places;
    for (const item of find(
      page.content,
      (e) => e.tagName === "li" && id(e).startsWith("user-content-fn-"),
    ))
      this.#notes.set(id(item), item);
  }

  /** The whole page. @throws ConvertError at what has no handler, or a note that nothing refers to */
  write(): string {
    const body = this.blocks(this.page.content.children);
    const lost = [...this.#notes.keys()].filter((note) => !this.#noted.has(note));
    if (lost.length > 0)
      throw this.error(this.page.content, `nothing refers to the notes ${lost.join(", ")}`);
    return body;
  }

  blocks(nodes: readonly ElementContent[]): string {
    let out = "";
    let run: ElementContent[] = [];
    const flush = () => {
      const inline = trimmed(this.inline(run));
      if (inline) out += `${inline}\n\n`;
      run = [];
    };
    for (const node of nodes) {
      if (node.type === "element" && isBlock(node)) {
        flush();
        out += `${this.element(node)}\n\n`;
      } else run.push(node);
    }
    flush();
    return out;
  }

  inline(nodes: readonly ElementContent[]): string {
    return nodes
      .map((node, index) => {
        if (node.type === "text") return text(node.value.replaceAll(/\s+/g, " "));
        if (node.type !== "element") return "";
        // The numbers of two notes in a row would read as one.
        const apart = isNote(node) && isNote(nodes[index - 1]) ? "#h(0.2em);" : "";
        return apart + this.element(node);
      })
      .join("");
  }

  element(element: Element): string {
    const classes = classesOf(element);
    if (classes.some((name) => SCREEN_ONLY.has(name))) return "";
    const lang = String(element.properties.lang ?? this.places.language).slice(0, 2);
    if (lang !== this.places.language) {
      const { lang: _, ...properties } = element.properties;
      const body = this.element({ ...element, properties });
      return `#foreign(${string(lang)})[${body}];`;
    }
    const special = Object.keys(BY_CLASS).find((name) => classes.includes(name));
    if (special) return (BY_CLASS[special] as Handler)(element, this);
    const unknown = classes.find((name) => name.startsWith("ok-") && !PLAIN.has(name));
    const handler = BY_TAG[element.tagName];
    if (!handler || unknown)
      throw this.error(
        element,
        `no way to print <${element.tagName}${unknown ? ` class="${unknown}"` : ""}>`,
      );
    return handler(element, this);
  }

  /** What is written in a box has less room for program text. */
  boxed(body: () => string): string {
    this.#columns = COLUMNS.box;
    try {
      return body();
    } finally {
      this.#columns = COLUMNS.page;
    }
  }

  code(value: string): string {
    return `#code-block(${string(fitted(value, this.#columns))});`;
  }

  /** @param width of its own size, and no wider than the text, unless given */
  picture(element: Element, alt: string, width?: string): string {
    const { dataPicture } = element.properties;
    const picture = this.page.pictures[String(dataPicture)];
    if (!picture) throw this.error(element, "the browser drew no picture of it");
    if (!alt.trim()) throw this.error(element, "a picture without a description");
    // A picture stays on one page.
    const scale = Math.min(1, TALLEST / (picture.height * POINTS));
    const own = `calc.min(${picture.width * POINTS * scale}, text-width / 1pt) * 1pt`;
    return call("image-of", {
      svg: string(picture.svg),
      width: width ?? own,
      alt: string(alt.trim()),
    });
  }

  footnote(reference: Element): string {
    const href = String(reference.properties.href).slice(1);
    const note = this.#notes.get(href);
    if (!note) throw this.error(reference, `there is no note "${href}"`);
    const name = `${this.page.slug}#${href}`;
    if (this.#noted.has(href)) return `#footnote(label(${string(name)}));`;
    this.#noted.add(href);
    const [first, ...others] = note.children.filter((child) => child.type === "element");
    if (others.length > 0) throw this.error(note, "a note of more than one paragraph");
    return `#footnote[${this.inline(first?.children ?? []).trim()}]${label(name)}`;
  }

  link(element: Element, body: string): string {
    const { site = NOWHERE, language, inside, experiments } = this.places;
    const base = `${site}${language}/${this.page.slug}/`;
    const url = new URL(String(element.properties.href), base);
    const home = `${site}${language}/`;
    if (!url.href.startsWith(home)) return link({ url: url.href }, body);
    const slug = url.pathname.slice(new URL(home).pathname.length).replace(/\/$/, "");
    const anchor = decodeURIComponent(url.hash.slice(1));
    if (inside.has(slug)) return link({ label: anchor ? `${slug}#${anchor}` : slug }, body);
    const experiment = /^experiments\/(.+)$/.exec(slug)?.[1];
    if (experiment && experiments.has(experiment))
      return link({ label: `experiment:${experiment}` }, body);
    return site === NOWHERE ? body : link({ url: url.href }, body);
  }

  error(element: Element, what: string): ConvertError {
    const { source } = this.page;
    const heading = this.heading ? textOf(this.heading) : "";
    return new ConvertError(`${source.file}:${lineOf(source, heading, textOf(element))}: ${what}`);
  }
}

/** Where a site is whose address nobody has said: no link leads there (RFC 2606). */
const NOWHERE = "http://site.invalid/";

/** A paragraph's markup without white space at its ends, as HTML has it. */
function trimmed(markup: string): string {
  const spaces = /^(#" ";)+|(#" ";)+$/g;
  return markup.trim().replaceAll(spaces, "").replace(/^#" /, '#"').replace(/ ";$/, '";');
}

const BLOCKS = new Set([
  "astro-island",
  "details",
  "div",
  "fieldset",
  "figcaption",
  "figure",
  "h2",
  "h3",
  "header",
  "li",
  "noscript",
  "ol",
  "p",
  "pre",
  "script",
  "section",
  "style",
  "table",
  "ul",
]);
const isBlock = ({ tagName }: Element) => BLOCKS.has(tagName);

/** The number of a note, in running text. */
function isNote(node: ElementContent | undefined): boolean {
  return node?.type === "element" && node.tagName === "sup";
}
