import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Question } from "../../src/search/asked.ts";

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
