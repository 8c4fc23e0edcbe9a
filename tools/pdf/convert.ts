import type { Element, ElementContent, Root } from "hast";
import { toString as textOf } from "hast-util-to-string";
import { renderSVG } from "uqr";
import { call, fitted, label, link, string, text } from "./markup.ts";

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
  /** The built file, for messages. */
  file: string;
  title: string;
  content: Element;
  /** What the browser drew of it, by the elements' `data-picture`. */
  pictures: Readonly<Record<string, Picture>>;
}

/** Where links of the book lead. */
export interface Places {
  language: "zh" | "en";
  /** The site's address with its base path and a final slash. */
  site: string;
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

/** What is on a page for the screen alone: buttons, terminals, what a click opens. */
const SCREEN_ONLY = new Set([
  "sl-anchor-link",
  "ok-lab-actions",
  "ok-machine",
  "ok-terminals",
  "ok-notes",
  "ok-predict-actions",
  "ok-term-means",
  "data-footnote-backref",
  "ok-lamp",
  "ok-past",
  "footnotes",
  "ok-race-start",
]);

type Handler = (element: Element, at: Writer) => string;

/** Turns one page's content into Typst markup. Every element has a handler here, or is an error. */
export class Writer {
  readonly page: Page;
  readonly places: Places;
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
      .map((node) => {
        if (node.type === "text") return text(node.value.replaceAll(/\s+/g, " "));
        return node.type === "element" ? this.element(node) : "";
      })
      .join("");
  }

  element(element: Element): string {
    const classes = classesOf(element);
    if (classes.some((name) => SCREEN_ONLY.has(name))) return "";
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

  picture(element: Element, alt: string): string {
    const { dataPicture } = element.properties;
    const picture = this.page.pictures[String(dataPicture)];
    if (!picture) throw this.error(element, "the browser drew no picture of it");
    if (!alt.trim()) throw this.error(element, "a picture without a description");
    // A picture stays on one page.
    const scale = Math.min(1, TALLEST / (picture.height * POINTS));
    const width = `calc.min(${picture.width * POINTS * scale}, text-width / 1pt) * 1pt`;
    return call("image-of", { svg: string(picture.svg), width, alt: string(alt.trim()) });
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
    const { site, language, inside, experiments } = this.places;
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
    return link({ url: url.href }, body);
  }

  error(element: Element, what: string): ConvertError {
    const line = element.position?.start.line;
    return new ConvertError(`${this.page.file}:${line ?? "?"}: ${what}`);
  }
}

const children = (element: Element, at: Writer) => at.blocks(element.children);
const inline = (element: Element, at: Writer) => at.inline(element.children);
const none = () => "";
const strong: Handler = (element, at) => `#strong[${inline(element, at)}];`;
const small: Handler = (element, at) => call("small", {}, inline(element, at));

/** Classes that change nothing on paper. */
const PLAIN = new Set([
  "ok-cite",
  "ok-predict-answer",
  "ok-claim-said",
  "ok-choices",
  "ok-table-scroll",
  "ok-verdict",
  "ok-step",
  "ok-explain",
  "ok-lab-head",
  "ok-claim-open",
  "ok-keys",
]);

const BY_TAG: Record<string, Handler> = {
  a: (element, at) => {
    if (element.properties.dataFootnoteRef !== undefined) return at.footnote(element);
    return at.link(element, inline(element, at));
  },
  "astro-island": (element, at) => children(element, at),
  b: strong,
  br: () => "#linebreak();",
  code: (element) => `#raw(${string(textOf(element))});`,
  data: inline,
  div: children,
  em: (element, at) => `#emph[${inline(element, at)}];`,
  figure: children,
  figcaption: (element, at) => call("caption", {}, inline(element, at)),
  h2: (element, at) => heading(2, element, at),
  h3: (element, at) => heading(3, element, at),
  dd: (element, at) => ` ${inline(element, at)}`,
  dt: (element, at) => `${strong(element, at)}#h(0.6em);`,
  header: children,
  i: (element, at) => `#emph[${inline(element, at)}];`,
  li: children,
  noscript: none,
  ol: (element, at) => call("enum", {}, ...items(element).map((item) => children(item, at).trim())),
  p: (element, at) => inline(element, at),
  pre: (element, at) => at.code(textOf(element)),
  script: none,
  section: children,
  small,
  span: inline,
  strong,
  style: none,
  sup: inline,
  table: (element, at) => table(element, at),
  ul: (element, at) => call("list", {}, ...items(element).map((item) => children(item, at).trim())),
};

const BY_CLASS: Record<string, Handler> = {
  "expressive-code": (element, at) =>
    at.code(
      find(element, (e) => e.tagName === "pre")
        .map(codeOf)
        .join("\n"),
    ),
  "ok-because": (element, at) => `${inline(element, at)}#linebreak();`,
  "ok-chapters": () => "#contents();",
  "ok-claim": (element, at) => claim(element, at),
  "ok-claim-date": (element, at) => ` ${small(element, at)}`,
  "ok-diagram": (element, at) => figure(element, at),
  "ok-exercise": (element, at) => exercise(element, at),
  "ok-glossary": (element, at) => named(element, at, "entry"),
  "ok-guess": (element, at) => call("question", {}, children(element, at)),
  "ok-instrument": (element, at) => instrument(element, at),
  "ok-note": small,
  "ok-output": (element, at) => output(element, at),
  "ok-predict": (element, at) => question(element, at),
  "ok-references": (element, at) => named(element, at, "entry"),
  "ok-stacks": (element, at) => figure(element, at),
  "ok-standing": small,
  "ok-step-command": (element, at) => command(element, at),
  "ok-term": inline,
  "ok-term-box": inline,
  "ok-values": (element) => `${text(" → ")}#raw(${string(textOf(element))});`,
  "sr-only": none,
  // The others that are labs, too, are above.
  "ok-lab": (element, at) => experiment(element, at),
};

function experiment(element: Element, at: Writer): string {
  const name = String(element.properties.dataExperiment);
  const { places } = at;
  const url = `${places.site}${places.language}/experiments/${name}/`;
  const head = one(element, "ok-lab-head", at);
  const [, title, intent] = head.children.filter((child) => child.type === "element");
  const titled = inline(title as Element, at);
  if (places.printed.has(name)) return again("experiment", `experiment:${name}`, titled);
  places.printed.add(name);
  const steps = one(element, "ok-steps", at);
  return at.boxed(() =>
    call(
      "experiment",
      {
        name: string(name),
        url: string(url),
        qr: string(renderSVG(url, { border: 0 })),
        intent: `[${inline(intent as Element, at)}]`,
      },
      titled,
      call("enum", {}, ...items(steps).map((step) => children(step, at).trim())),
      children(one(element, "ok-verdict", at), at),
    ),
  );
}

/** Something that was printed on an earlier page: its title, and where. */
function again(kind: string, name: string, title: string): string {
  return call("again", { kind: string(kind), to: `label(${string(name)})` }, title);
}

function command(element: Element, at: Writer): string {
  const where = one(element, "ok-where", at);
  const power = find(element, (e) => classesOf(e).includes("ok-power"))[0];
  const code = find(element, (e) => e.tagName === "code")[0];
  const what = code ? at.code(textOf(code)) : `#emph[${inline(power as Element, at)}];`;
  return `#leading[#where[${inline(where, at)}];];${what}`;
}

/** Recorded output, or the recorded verdict: a summary and what it opens. */
function output(element: Element, at: Writer): string {
  const [summary, ...rest] = element.children.filter((child) => child.type === "element");
  return `#leading[${call("small", {}, inline(summary as Element, at))}];${at.blocks(rest)}`;
}

function question(element: Element, at: Writer): string {
  const [legend, asked, choices] = element.children.filter((child) => child.type === "element");
  const answers = items(choices as Element).map((item) => text(textOf(item).trim()));
  const list = answers.map((answer) => `[${answer}]`).join(", ");
  return `#predict(${string(textOf(legend as Element))}, [${inline(asked as Element, at)}], (${list},));`;
}

function exercise(element: Element, at: Writer): string {
  const [kind, task] = element.children.filter((child) => child.type === "element");
  const hint = find(element, (e) => e.tagName === "details")[0];
  const [, words] = hint?.children.filter((child) => child.type === "element") ?? [];
  return call(
    "exercise",
    {
      kind: `[${inline(kind as Element, at)}]`,
      hint: words ? `[${inline(words as Element, at)}]` : undefined,
    },
    inline(task as Element, at),
  );
}

function claim(element: Element, at: Writer): string {
  const [verdict, said, answer, evidence] = element.children.filter(
    (child) => child.type === "element",
  );
  // What each experiment found is printed with the experiment.
  const shown =
    evidence?.tagName === "ul"
      ? items(evidence).map((item) =>
          at.inline(
            item.children.filter(
              (child) => !(child.type === "element" && child.tagName === "details"),
            ),
          ),
        )
      : [];
  const args = {
    kind: string(String(element.properties.dataVerdict)),
    verdict: `[${inline(verdict as Element, at)}]`,
    said: `[${inline(said as Element, at)}]`,
    answer: `[${inline(answer as Element, at)}]`,
    shown: `(${shown.map((line) => `[${line}],`).join(" ")})`,
  };
  return `${call("claim", args)}${label(`${at.page.slug}#${id(element)}`)}`;
}

function figure(element: Element, at: Writer): string {
  const drawings = find(element, (e) => e.properties.dataPicture !== undefined);
  const caption = find(element, (e) => e.tagName === "figcaption")[0];
  if (!caption) throw at.error(element, "a figure without a caption");
  const pictures = drawings.map((svg) => at.picture(svg, String(svg.properties.ariaLabel ?? "")));
  return call("drawn", { caption: `[${inline(caption, at)}]` }, pictures.join("\n"));
}

function instrument(element: Element, at: Writer): string {
  const head = one(element, "ok-lab-head", at);
  const [, title, intent] = head.children.filter((child) => child.type === "element");
  const drawn = one(element, "ok-picture", at);
  const name = `instrument:${String(element.properties.dataInstrument)}`;
  if (at.places.printed.has(name)) return again("instrument", name, inline(title as Element, at));
  at.places.printed.add(name);
  const caption = find(element, (e) => e.tagName === "figcaption")[0];
  const data = find(element, (e) => classesOf(e).includes("ok-table"))[0];
  return call(
    "instrument",
    {
      name: string(name),
      title: `[${inline(title as Element, at)}]`,
      intent: `[${inline(intent as Element, at)}]`,
      origin: `[${inline(one(element, "ok-origin", at), at)}]`,
      caption: caption ? `[${inline(caption, at)}]` : undefined,
      data: data
        ? `[${find(data, (e) => e.tagName === "table")
            .map((e) => table(e, at))
            .join("\n")}]`
        : undefined,
    },
    find(drawn, (e) => e.properties.dataPicture !== undefined)
      .map((part) =>
        at.picture(part, alternative(part) || `${textOf(title as Element)}: ${textOf(part)}`),
      )
      .join("\n\n"),
  );
}

/** A paragraph's markup without white space at its ends, as HTML has it. */
function trimmed(markup: string): string {
  const spaces = /^(#" ";)+|(#" ";)+$/g;
  return markup.trim().replaceAll(spaces, "").replace(/^#" /, '#"').replace(/ ";$/, '";');
}

/** A list whose items can be referred to: the glossary's words, the references. */
function named(element: Element, at: Writer, name: string): string {
  return element.children
    .filter((child) => child.type === "element")
    .map(
      (item) =>
        `${call(name, {}, at.inline(item.children))}${label(`${at.page.slug}#${id(item)}`)}`,
    )
    .join("\n\n");
}

/** What a picture's parts say of themselves to those who cannot see them. */
function alternative(part: Element): string {
  const labelled = [part, ...find(part, () => true)].filter(
    (e) => e.properties.ariaLabel !== undefined,
  );
  return labelled.map((e) => String(e.properties.ariaLabel)).join("; ");
}

function heading(level: number, element: Element, at: Writer): string {
  const anchor = id(element);
  const named = anchor ? label(`${at.page.slug}#${anchor}`) : "";
  return `#heading(level: ${level})[${inline(element, at)}]${named}`;
}

function table(element: Element, at: Writer): string {
  const rows = find(element, (e) => e.tagName === "tr").map((row) =>
    row.children.filter((child) => child.type === "element"),
  );
  const heads = find(element, (e) => e.tagName === "thead").flatMap((head) =>
    find(head, (e) => e.tagName === "tr"),
  );
  const cell = (each: Element) =>
    `[${each.tagName === "th" ? strong(each, at) : children(each, at).trim()}]`;
  const header = rows.slice(0, heads.length).flat().map(cell).join(", ");
  const body = rows.slice(heads.length).flat().map(cell).join(", ");
  const columns = Math.max(...rows.map((row) => row.length));
  return `#data-table(${columns}, (${header ? `${header},` : ""}), (${body},));`;
}

/** Lines of a highlighted block, which has an element for each. */
function codeOf(pre: Element): string {
  const lines = find(pre, (e) => classesOf(e).includes("ec-line"));
  return lines.map((line) => textOf(line).replace(/\n$/, "")).join("\n");
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

function items(list: Element): Element[] {
  return list.children.filter(
    (child): child is Element => child.type === "element" && child.tagName === "li",
  );
}

function id(element: Element): string {
  return String(element.properties.id ?? "");
}

function classesOf(element: Element): string[] {
  const { className } = element.properties;
  return Array.isArray(className) ? className.map(String) : [];
}

/** Elements below one that answer a question, in order. */
export function find(top: Element | Root, wanted: (element: Element) => boolean): Element[] {
  return top.children.flatMap((child) => {
    if (child.type !== "element") return [];
    return [...(wanted(child) ? [child] : []), ...find(child, wanted)];
  });
}

function one(top: Element, name: string, at: Writer): Element {
  const [found] = find(top, (element) => classesOf(element).includes(name));
  if (!found) throw at.error(top, `nothing of class "${name}" in it`);
  return found;
}
