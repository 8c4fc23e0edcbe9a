import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseMdx } from "../../src/book/mdx.ts";
import { sectionsOf } from "../../src/book/sections.ts";
import { AuthorError } from "../../src/lab/authored.ts";
import {
  chapterOf,
  drift,
  parallel,
  unanswered,
  unsourced,
  withAligned,
} from "../../tools/check/chapters.ts";
import { citedIn, unmatched } from "../../tools/check/sources.ts";
import { avoidedIn } from "../../tools/check/spelling.ts";
import { textsInMdx, textsInYaml, textsOf } from "../../tools/check/texts.ts";
import { faultsIn } from "../../tools/check/typography.ts";

const ZH = '---\ntitle: 题\n---\n\n开头。\n\n## 一\n\n文字。\n\n<Experiment id="uts" />\n';
const EN = '---\ntitle: T\n---\n\nBeginning.\n\n## One\n\nText.\n\n<Experiment id="uts" />\n';

const aligned = (text: string, other: string) => {
  const hashes = sectionsOf(parseMdx(other)).map(({ hash }) => hash);
  return withAligned(parseMdx(text), hashes);
};
const zh = (text: string) => chapterOf("zh", "zh", text);
const en = (text: string) => chapterOf("en", "en", text);

describe("the check of chapters", () => {
  it("misses the answer to a numbered exercise", () => {
    const chapter = en(
      '## One\n\n1. Not one.\n\n## Exercises\n\n1. Do.\n2. Think.\n\n<Exercise id="a" />\n',
    );
    expect(unanswered("c", [chapter], 2)).toEqual([]);
    const other = en("## Exercises\n\n1) Do\n   this.\n2) Think.\n\n<Exercise\n  id='a' />\n");
    expect(unanswered("c", [other], 2)).toEqual([]);
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
    const written = EN.replace('<Experiment id="uts" />', "<Experiment\n  id={'pid'}\n/>");
    expect(parallel("c", zh(ZH), en(written))).toEqual([
      expect.stringContaining("Experiment pid in en, Experiment uts in zh"),
    ]);
    expect(parallel("c", zh(ZH), en(`${EN}\n\`<RingMeter />\`\n`))).toEqual([]);
  });

  it("names the section that has changed since both were aligned", () => {
    const [one, other] = [aligned(ZH, EN), aligned(EN, ZH)];
    expect(drift("c", zh(one), en(other))).toEqual([]);
    const changed = other.replace("Text.", "Another text.");
    expect(drift("c", zh(one), en(changed))).toEqual([expect.stringContaining("“One”")]);
    expect(drift("c", zh(ZH), en(EN))).toHaveLength(4);
  });

  it("reads what was aligned however it is written, and writes nothing else", () => {
    const [one, other] = [aligned(ZH, EN), aligned(EN, ZH)];
    expect(one).toBe(ZH.replace("---\n\n", `${/aligned: .*\n/.exec(one)?.[0]}---\n\n`));
    const block = one.replace(/aligned: \[(.*), (.*)\]/, "aligned:\n  - $1\n  - $2 # of One");
    expect(block).toContain("  - ");
    expect(drift("c", zh(block), en(other))).toEqual([]);
    const again = withAligned(parseMdx(block), ["11111111", "22222222"]);
    expect(again).toBe(one.replace(/aligned: .*/, 'aligned: ["11111111", "22222222"]'));
  });

  it("wants a source for a figure with a unit, or an excuse", () => {
    const found = (text: string) => unsourced("c", en(EN.replace("Text.", text)));
    expect(found("It takes 125 ms.")).toEqual([expect.stringContaining("“125 ms”")]);
    expect(found("It takes 125 ms.[^spec]\n\n[^spec]: It says so.")).toEqual([]);
    expect(found("It takes 125 ms.[^gone]")).toHaveLength(1);
    expect(found('It takes 125 ms, says <Cite id="spec" />.')).toEqual([]);
    expect(found("Say 125 ms. {/* no source: an example */}")).toEqual([]);
    expect(found("`sleep 125 s` waits, and chapter 3 says why.")).toEqual([]);
    // The same in ways that are written less often.
    for (const text of [
      "It takes\n125 ms.",
      "It takes 125\nms.",
      "It takes 125&nbsp;ms.",
      "It takes 125\u00a0ms.",
      "It takes **125** ms.",
      "It takes 125 ms. `<Cite />` would say why.",
      "It takes 125 ms. `[^1]` would say why.",
      "* It takes 125 ms.",
      "> It takes 125 ms.",
      "<aside>\n\nIt takes 125 ms.\n\n</aside>",
    ])
      expect(found(text), text).toHaveLength(1);
    expect(found("It takes 125 ms, says <Cite\n  id='spec'\n/>.")).toEqual([]);
    expect(found("It takes 125 ms. {/* no source:\nan example */}")).toEqual([]);
    expect(unsourced("c", zh(ZH.replace("文字。", "要125毫秒。")))).toHaveLength(1);
  });
});

describe("the check of sources", () => {
  it("finds a citation however it is written", () => {
    const chapter = `<Cite id="a" /> <Cite id='b' /> <Cite at="§1" id="c" />\n<Cite\n  id={"d"}\n/>`;
    expect(citedIn(`${chapter}\n\n{/* <Cite id="x" /> */} \`<Cite id="y" />\`\n`)).toEqual({
      ids: ["a", "b", "c", "d"],
      unreadable: [],
    });
  });

  it("wants an id that can be read", () => {
    expect(citedIn("One.\n\n<Cite id={which} />\n").unreadable).toEqual([
      expect.stringContaining("line 3"),
    ]);
  });

  it("names what has no source, and what nobody cites", () => {
    const cited = new Map([
      ["known", "a.yaml"],
      ["unknown", "claims/b.yaml"],
    ] as const);
    expect(unmatched(["known"], cited)).toEqual([
      expect.stringContaining("claims/b.yaml cites unknown"),
    ]);
    expect(unmatched(["known", "more", "unknown"], cited)).toEqual([
      expect.stringContaining("more is cited nowhere"),
    ]);
  });
});

describe("the texts of a file", () => {
  const read = (texts: readonly { line: number; text: string }[]) =>
    texts.map(({ line, text }) => `${line}: ${text}`);

  it("are values of YAML and JSON, joined where the file breaks a line for its own sake", () => {
    const yaml = "# 注释 a\nzh: >-\n  甲\n  乙\nen: 'One'\nlist:\n  - |\n    a\n    b\n";
    expect(read(textsInYaml(yaml))).toEqual(["2: 甲 乙", "5: One", "7: a", "7: b"]);
    expect(read(textsInYaml('{\n  "a.key": "甲"\n}\n'))).toEqual(["2: 甲"]);
  });

  it("are front matter, paragraphs, cells and attributes of MDX, without code", () => {
    const mdx =
      '---\ntitle: 题\nasked:\n  - 问？\n---\n\n## 头\n\n甲\n乙。\n\n```sh\n丙\n```\n\n<Figure alt="丁" />\n\n| 戊 |\n|---|\n| 己 |\n';
    expect(read(textsInMdx(mdx))).toEqual([
      "2: 题",
      "4: 问？",
      "7: ## 头",
      "9: 甲 乙。",
      "16: 丁",
      "18: | 戊 |",
      "20: | 己 |",
    ]);
  });
});

describe("the check of Chinese typography", () => {
  it("finds typed gaps, half-width stops and bold that Markdown does not see", () => {
    expect(faultsIn("用 Linux 的人")).toHaveLength(1);
    expect(faultsIn("是吗?")).toHaveLength(1);
    expect(faultsIn("**内核。**然后")).toHaveLength(1);
    // As a broken line in a paragraph or in YAML comes out on the page.
    expect(faultsIn("内核 然后")).toHaveLength(1);
    expect(faultsIn("内核。 然后")).toHaveLength(1);
  });

  it("lets good lines and YAML's own commas be", () => {
    expect(faultsIn("用Linux的人。**内核**。然后")).toEqual([]);
    const [text] = textsInYaml("{ zh: 外面, en: Outside }");
    expect(faultsIn(text?.text ?? "")).toEqual([]);
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

it.each(["broken.yaml", "broken.mdx"])(
  "a text that cannot be read is named, not traced: %s",
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), "texts-"));
    const file = join(folder, name);
    writeFileSync(file, name.endsWith("x") ? "Text\n\n<Open>\n" : "run: for: x\n");
    const told = await textsOf(file).catch((thrown: unknown) => thrown);
    expect(told).toBeInstanceOf(AuthorError);
    expect(String(told)).toContain(name);
    expect(String(told)).not.toContain("\n");
    rmSync(folder, { recursive: true });
  },
);
