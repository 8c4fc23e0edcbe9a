import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import en from "../../src/content/i18n/en.json" with { type: "json" };
import zh from "../../src/content/i18n/zh-CN.json" with { type: "json" };

const files: Record<string, Record<string, string>> = { en, "zh-CN": zh };

describe("interface texts", () => {
  it("have the same keys in both languages", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(files))("are never empty: %s", (lang) => {
    const empty = Object.entries(files[lang] ?? {}).filter(([, text]) => text.trim() === "");
    expect(empty).toEqual([]);
  });

  it("name the same values to fill in", () => {
    const holes = (text: string | undefined) =>
      [...(text ?? "").matchAll(/\{\{\w+\}\}|\[[A-Z_]+\]/g)].map(([hole]) => hole).sort();
    const differing = Object.entries(en)
      .filter(([key, text]) => String(holes(text)) !== String(holes(files["zh-CN"]?.[key])))
      .map(([key]) => key);
    expect(differing).toEqual([]);
  });

  it("type no spaces between Han and Latin: CSS makes that gap", () => {
    const spaced = Object.entries(zh).filter(([, text]) =>
      /\p{Script=Han} [\w{]|[\w}] \p{Script=Han}/u.test(text),
    );
    expect(spaced).toEqual([]);
  });
});

describe("the book's pages", () => {
  it("exist in both languages", async () => {
    const pages = (locale: string) =>
      readdir(`src/content/docs/${locale}`, { recursive: true }).then((names) => names.sort());
    expect(await pages("zh")).toEqual(await pages("en"));
  });
});
