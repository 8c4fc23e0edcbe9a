import type { Element } from "hast";
import { toString as textOf } from "hast-util-to-string";
import type { Writer } from "./convert.ts";
import { claim, command, exercise, experiment, instrument, output, question } from "./labs.ts";
import { call, label, string, text } from "./markup.ts";
import { titled } from "./tables.ts";
import { codeOf, find, id, items } from "./tree.ts";

/** What is on a page for the screen alone: buttons, terminals, what a click opens. */
export const SCREEN_ONLY = new Set([
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
  "ok-control-why",
]);

/** Typst markup of an element. */
export type Handler = (element: Element, at: Writer) => string;

const children = (element: Element, at: Writer) => at.blocks(element.children);
const inline = (element: Element, at: Writer) => at.inline(element.children);
const none = () => "";
const strong: Handler = (element, at) => `#strong[${inline(element, at)}];`;
const small: Handler = (element, at) => call("small", {}, inline(element, at));

/** Classes that change nothing on paper. */
export const PLAIN = new Set([
  "ok-cite",
  "ok-predict-answer",
  "ok-claim-said",
  "ok-choices",
  "ok-table-scroll",
  "ok-verdict",
  "ok-controls",
  "ok-control",
  "ok-step",
  "ok-explain",
  "ok-lab-head",
  "ok-claim-open",
  "ok-keys",
]);

/** What becomes of an element, by its name. */
export const BY_TAG: Record<string, Handler> = {
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
  table: (element, at) => titled(element, at),
  ul: (element, at) => call("list", {}, ...items(element).map((item) => children(item, at).trim())),
};

/** And by its class, which comes first. */
export const BY_CLASS: Record<string, Handler> = {
  "expressive-code": (element, at) =>
    at.code(
      find(element, (e) => e.tagName === "pre")
        .map(codeOf)
        .join("\n"),
    ),
  "ok-because": (element, at) => `${inline(element, at)}#linebreak();`,
  "ok-chapters": () => "#contents();",
  "ok-changes": (element, at) =>
    call("list", {}, ...items(element).map((item) => changes(item, at))),
  "ok-claim": (element, at) => claim(element, at),
  "ok-claim-date": (element, at) => ` ${small(element, at)}`,
  "ok-controls-head": strong,
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

/** What a control types otherwise: commands can be longer than a line. */
function changes(item: Element, at: Writer): string {
  return item.children
    .map((child) =>
      child.type === "element" && child.tagName === "code"
        ? at.code(textOf(child))
        : at.inline([child]),
    )
    .join("\n\n");
}

function figure(element: Element, at: Writer): string {
  const drawings = find(element, (e) => e.properties.dataPicture !== undefined);
  const caption = find(element, (e) => e.tagName === "figcaption")[0];
  if (!caption) throw at.error(element, "a figure without a caption");
  const several = drawings.length > 1;
  const pictures = drawings.map((svg) =>
    at.picture(svg, String(svg.properties.ariaLabel ?? ""), several ? "100%" : undefined),
  );
  const drawn = several ? call("beside", {}, ...pictures) : pictures.join("");
  return call("drawn", { caption: `[${inline(caption, at)}]` }, drawn);
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

function heading(level: number, element: Element, at: Writer): string {
  const anchor = id(element);
  at.heading = element;
  const named = anchor ? label(`${at.page.slug}#${anchor}`) : "";
  return `#heading(level: ${level})[${inline(element, at)}]${named}`;
}
