import { describe, expect, it } from "vitest";
import { parseMdx } from "../../src/book/mdx.ts";
import { partsOf, sectionsOf as sectionsIn } from "../../src/book/sections.ts";

const MDX = `---
title: T
---

import Term from "x";

Beginning, with a <Term id="a">word</Term>.

## One

Text <Cite id="c" />.

<Experiment id="uts" />

<RingMeter />

## Two

More.[^n]

[^n]: A note.
`;

const sectionsOf = (mdx: string) => sectionsIn(parseMdx(mdx));

describe("sections of a chapter", () => {
  it("are what stands between its headings, without imports and notes", () => {
    const sections = sectionsOf(MDX);
    expect(sections.map(({ heading }) => heading)).toEqual(["", "One", "Two"]);
    expect(sections[0]?.text).toBe('Beginning, with a <Term id="a">word</Term>.');
    expect(sections[2]?.text).toBe("More.[^n]");
  });

  it("have a hash that changes with their text only", () => {
    const changed = sectionsOf(MDX.replace("More.", "Less."));
    const hashes = sectionsOf(MDX).map(({ hash }) => hash);
    expect(changed.map(({ hash }) => hash).slice(0, 2)).toEqual(hashes.slice(0, 2));
    expect(changed[2]?.hash).not.toBe(hashes[2]);
  });

  it("show experiments and pictures in order; terms and sources are prose", () => {
    const [, one] = sectionsOf(MDX);
    expect(one && partsOf(one)).toEqual(["Experiment uts", "RingMeter"]);
  });
});
