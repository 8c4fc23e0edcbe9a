import { describe, expect, it } from "vitest";
import { sectionsOf } from "../../src/book/sections.ts";
import { chapterOf, drift, parallel, unanswered, unsourced } from "../../tools/check/chapters.ts";
import { avoidedIn } from "../../tools/check/spelling.ts";
import { faultsIn } from "../../tools/check/typography.ts";

const ZH = '---\ntitle: 题\n---\n\n开头。\n\n## 一\n\n文字。\n\n<Experiment id="uts" />\n';
const EN = '---\ntitle: T\n---\n\nBeginning.\n\n## One\n\nText.\n\n<Experiment id="uts" />\n';

const aligned = (text: string, other: string) => {
  const hashes = sectionsOf(other).map(({ hash }) => `"${hash}"`);
  return text.replace("---\n\n", `aligned: [${hashes.join(", ")}]\n---\n\n`);
};
const zh = (text: string) => chapterOf("zh", "zh", text);
const en = (text: string) => chapterOf("en", "en", text);

describe("the check of chapters", () => {
  it("misses the answer to a numbered exercise", () => {
    const chapter = en(
      '## One\n\n1. Not one.\n\n## Exercises\n\n1. Do.\n2. Think.\n\n<Exercise id="a" />\n',
    );
    expect(unanswered("c", [chapter], 2)).toEqual([]);
    expect(unanswered("c", [chapter], 1)).toEqual([
      "en/c: 2 numbered exercises, src/content/answers has 1",
    ]);
  });

  it("wants the same sections with the same parts", () => {
    expect(parallel("c", zh(ZH), en(EN))).toEqual([]);
    expect(parallel("c", zh(ZH), en(`${EN}\n## Two\n`))).toHaveLength(1);
    expect(parallel("c", zh(ZH), en(EN.replace("uts", "pid")))).toEqual([
      expect.stringContaining("Experiment pid in en, Experiment uts in zh"),
    ]);
  });

  it("names the section that has changed since both were aligned", () => {
    const [one, other] = [aligned(ZH, EN), aligned(EN, ZH)];
    expect(drift("c", zh(one), en(other))).toEqual([]);
    const changed = other.replace("Text.", "Another text.");
    expect(drift("c", zh(one), en(changed))).toEqual([expect.stringContaining("“One”")]);
    expect(drift("c", zh(ZH), en(EN))).toHaveLength(4);
  });

  it("wants a source for a figure with a unit, or an excuse", () => {
    const found = (text: string) => unsourced("c", en(EN.replace("Text.", text)));
    expect(found("It takes 125 ms.")).toEqual([expect.stringContaining("“125 ms”")]);
    expect(found("It takes 125 ms.[^spec]")).toEqual([]);
    expect(found('It takes 125 ms, says <Cite id="spec" />.')).toEqual([]);
    expect(found("Say 125 ms. {/* no source: an example */}")).toEqual([]);
    expect(found("`sleep 125 s` waits, and chapter 3 says why.")).toEqual([]);
    expect(unsourced("c", zh(ZH.replace("文字。", "要125毫秒。")))).toHaveLength(1);
  });
});

describe("the check of Chinese typography", () => {
  it("finds typed gaps, half-width stops and bold that Markdown does not see", () => {
    expect(faultsIn("用 Linux 的人")).toHaveLength(1);
    expect(faultsIn("是吗?")).toHaveLength(1);
    expect(faultsIn("**内核。**然后")).toHaveLength(1);
  });

  it("lets good lines and YAML's own commas be", () => {
    expect(faultsIn("用Linux的人。**内核**。然后")).toEqual([]);
    expect(faultsIn("{ zh: 外面, en: Outside }")).toEqual([]);
  });
});

describe("the check of words", () => {
  const means = { zh: "义", en: "Meaning" };
  const terms = [{ id: "ring", zh: "特权级", en: "ring", means, avoid: ["保护环"] }];

  it("finds another name than the glossary's, and leaves code alone", () => {
    expect(avoidedIn("进入保护环0", terms)).toEqual([expect.stringContaining("特权级")]);
    expect(avoidedIn("运行`保护环`", terms)).toEqual([]);
    expect(avoidedIn("进入特权级0", terms)).toEqual([]);
  });
});
