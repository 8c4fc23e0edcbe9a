import { expect, it } from "vitest";
import { referenceHtml, references } from "../../src/book/references.ts";

it("every address in the list of sources is a link to itself", () => {
  expect(references.size).toBeGreaterThan(50);
  for (const reference of references.values()) {
    const html = referenceHtml(reference);
    const dead = html.replaceAll(/<a [^>]*>.*?<\/a>/g, "").match(/https?:\S+/);
    expect(dead, reference.id).toBeNull();
    const address = reference.DOI ? `https://doi.org/${reference.DOI}` : reference.URL;
    if (address) expect(html.replaceAll("&amp;", "&"), reference.id).toContain(`href="${address}"`);
    else expect(html, reference.id).not.toContain("href=");
  }
});
