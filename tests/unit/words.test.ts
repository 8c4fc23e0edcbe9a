import { describe, expect, it } from "vitest";
import { withWords } from "../../src/ui/words-block.ts";
import { wordsOf } from "../../src/ui/words-of.ts";

const page = (body: string) => `<html><head><title>t</title></head><body>${body}</body></html>`;
const PARTS = page(
  '<astro-island uid="1" component-export="RaceView" ssr></astro-island><astro-island uid="2" component-export="PastRun" ssr></astro-island>',
);

/** What a browser would find in the block. */
function blockOf(html: string): unknown {
  const [, json] =
    /<script type="application\/json" id="ok-words">(.*?)<\/script>/.exec(html) ?? [];
  return JSON.parse(json ?? "null");
}

describe("a page's words for its interactive parts", () => {
  it.each(["en", "zh"] as const)("stand in its head, once, in its language: %s", (lang) => {
    const html = withWords(PARTS, lang);
    expect(html.match(/id="ok-words"/g)).toHaveLength(1);
    expect(html.indexOf("ok-words")).toBeLessThan(html.indexOf("</head>"));
    expect(blockOf(html)).toEqual(wordsOf(lang, ["RaceView", "PastRun"]));
    expect(html.replace(/<script type="application\/json".*?<\/script>/, "")).toBe(PARTS);
  });

  it("are not on a page without such parts", () => {
    expect(withWords(page("<p>text</p>"), "en")).toBe(page("<p>text</p>"));
  });

  it("cannot end their own script", () => {
    const [, json = ""] = /id="ok-words">(.*?)<\/head>/.exec(withWords(PARTS, "en")) ?? [];
    expect(json.replace("</script>", "")).not.toContain("<");
  });

  it("are those of its own parts, and of a part that is known", () => {
    const keys = Object.keys(blockOf(withWords(PARTS, "en")) as object);
    expect(keys).toContain("race.title");
    expect(keys.filter((key) => key.startsWith("layer-stack."))).toEqual([]);
    const other = page('<astro-island component-export="Other" ssr></astro-island>');
    expect(() => withWords(other, "en")).toThrow("words-of.ts does not say which texts Other uses");
  });

  it("are what the parts use, and not what only the server writes", () => {
    const { en, zh } = { en: wordsOf("en"), zh: wordsOf("zh") };
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    expect(en["lab.run"]).toBe("Run the experiment");
    expect(zh["lab.locale"]).toBe("zh-CN");
    expect(Object.keys(en).filter((key) => /^(pdf|figure|claims|site)\./.test(key))).toEqual([]);
  });
});
