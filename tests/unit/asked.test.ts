import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Question } from "../../src/search/asked.ts";
import { MOST_SETS, withFewer } from "../../src/search/fewer.ts";

const of = (language: "zh" | "en", words: string[] = []) =>
  new Question(
    { ...parse(readFileSync(`src/content/search/${language}.yaml`, "utf8")), words },
    language === "zh" ? "zh-CN" : "en",
  );

describe("a reader's question", () => {
  it("is asked without words that say nothing", () => {
    expect(of("en").wordsOf("What is the difference between a namespace and a chroot?")).toEqual([
      "namespace",
      "chroot",
    ]);
    expect(of("zh").wordsOf("命名空间到底是什么？")).toEqual(["命名", "空间"]);
  });

  it("keeps them where there is nothing else", () => {
    expect(of("en").wordsOf("what is it")).toEqual(["what", "is", "it"]);
  });

  it("is asked in the book's words, of which it has each once", () => {
    expect(of("en").wordsOf("VM vs. virtual machine")).toEqual(["virtual", "machine"]);
    expect(of("zh").wordsOf("vm和虚拟机")).toEqual(["虚拟", "机"]);
    // Letters beside it make it another word.
    expect(of("en").wordsOf("vmstat")).toEqual(["vmstat"]);
  });

  it("is spelt as the book spells it, if only one or two letters are wrong", () => {
    const question = of("en", ["hypervisor", "namespaces", "ring"]);
    expect(question.wordsOf("hypervizor namspaces")).toEqual(["hypervisor", "namespaces"]);
    // Four letters with two wrong are another word; so is the beginning of one that is being typed.
    expect(question.wordsOf("rust hyper")).toEqual(["rust", "hyper"]);
  });
});

describe("fewer of a question's words", () => {
  it("are all sets of each size, the largest first", () => {
    expect([...withFewer(["a", "b", "c"])]).toEqual([
      [
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
      ],
      [["a"], ["b"], ["c"]],
    ]);
  });

  it("are at once there of a long question, and never too many", () => {
    const page = Array.from({ length: 2000 }, (_, index) => `word${index}`);
    for (const length of [8, 25, 200, 2000])
      for (const sets of withFewer(page.slice(0, length)))
        expect(sets.length).toBeLessThanOrEqual(MOST_SETS);
    expect([...withFewer(page.slice(0, 25))].map((sets) => sets[0]?.length)).toEqual([24, 1]);
  });
});
