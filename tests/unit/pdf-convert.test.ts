import type { Element } from "hast";
import { fromHtml } from "hast-util-from-html";
import { describe, expect, it } from "vitest";
import { Writer } from "../../tools/pdf/convert.ts";
import { fitted, string, text } from "../../tools/pdf/markup.ts";
import { find } from "../../tools/pdf/tree.ts";

const places = {
  language: "en",
  site: "https://book.test/",
  inside: new Set(["rings", "images"]),
  experiments: new Set(["uts"]),
  printed: new Set<string>(),
} as const;

const SOURCE = `---
title: Rings
---
a

## Two *rings*

It **blinks** [often](../often/).

<Blink />
`;

function written(html: string, site: string | null = places.site): string {
  const root = fromHtml(`<main>\n${html}</main>`, { fragment: true });
  const [content] = find(root, ({ tagName }) => tagName === "main");
  const page = {
    slug: "rings",
    source: { file: "rings.mdx", text: SOURCE },
    title: "Rings",
    content: content as Element,
    pictures: {},
  };
  return new Writer(page, { ...places, site: site ?? undefined, printed: new Set() })
    .write()
    .trim();
}

describe("a page on its way to paper", () => {
  it("keeps text as text, whatever it looks like to Typst", () => {
    const meant = '#let *a* = [$x$] // "q"';
    expect(written(`<p>${meant}</p>`)).toBe('#"#let *a* = [$x$] // \\"q\\"";');
  });

  it("stops at an element or a class that it has no way to print, and says where", () => {
    const heading = "<h2>Two <em>rings</em></h2>";
    expect(() => written("<p>a</p><blink>a</blink>")).toThrow("rings.mdx:4: no way");
    expect(() => written(`${heading}<blink>It blinks often.</blink>`)).toThrow(
      "rings.mdx:8: no way to print <blink>",
    );
    expect(() => written(`${heading}<blink>of a component</blink>`)).toThrow("rings.mdx:6: no way");
    expect(() => written('<p class="ok-new">b</p>')).toThrow('no way to print <p class="ok-new">');
  });

  it("leaves out what is for the screen alone", () => {
    expect(written('<div class="ok-lab-actions"><button>Run</button></div><p>a</p>')).toBe('#"a";');
  });

  it("stops at a picture that nothing describes, and at one that was not drawn", () => {
    const figure = (svg: string) =>
      `<figure class="ok-diagram">${svg}<figcaption>c</figcaption></figure>`;
    expect(() => written(figure('<svg data-picture="0" aria-label="a"></svg>'))).toThrow(
      "drew no picture",
    );
  });

  it("puts notes at the page's foot, and stops at one that nothing refers to", () => {
    const note =
      '<section class="footnotes"><ol><li id="user-content-fn-a"><p>Note.</p></li></ol></section>';
    const reference = '<p>x<sup><a href="#user-content-fn-a" data-footnote-ref>1</a></sup></p>';
    expect(written(reference + note)).toContain(
      '#footnote[#"Note.";]#label("rings#user-content-fn-a");',
    );
    expect(() => written(note)).toThrow("nothing refers to the notes user-content-fn-a");
    expect(() => written(reference)).toThrow('there is no note "user-content-fn-a"');
  });

  it("leads no link to a site whose address nobody has said", () => {
    const link = (href: string) => written(`<p><a href="${href}">x</a></p>`, null);
    expect(link("../images/#layers")).toContain('#link(label("images#layers"))');
    expect(link("../lab/")).toBe('#"x";');
    expect(link("https://kernel.org/")).toContain('#link("https://kernel.org/")');
  });

  it("leads links into the book where it can, and to the site where not", () => {
    const link = (href: string) => written(`<p><a href="${href}">x</a></p>`);
    expect(link("../images/#layers")).toContain('#link(label("images#layers"))');
    expect(link("../experiments/uts/")).toContain('#link(label("experiment:uts"))');
    expect(link("../experiments/pid/")).toContain('#link("https://book.test/en/experiments/pid/")');
    expect(link("https://example.org/")).toContain('#link("https://example.org/")');
  });
});

describe("Typst markup", () => {
  it("escapes what a string literal would end or mean", () => {
    expect(string('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
    expect(text("")).toBe("");
  });

  it("breaks long lines of a program and marks where they go on", () => {
    expect(fitted("abcdefgh\nij\n", 5)).toBe("abcde\n» fgh\nij");
    expect(fitted("汉字汉", 5)).toBe("汉字\n» 汉");
  });
});
