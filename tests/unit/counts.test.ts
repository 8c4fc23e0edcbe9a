import { expect, it } from "vitest";
import { countIn } from "../../tools/check/counts.ts";

it.each([
  ["en", "The output has fourteen lines.", "fourteen"],
  ["en", "Nothing here. The experiment printed 512 of them.", "512"],
  ["zh", "没有什么。这一步的输出有十四行。", "十四"],
  ["zh", "录制时一共有37个。", "37"],
] as const)("a number in a %s sentence on an output is found: %s", (language, text, number) => {
  expect(countIn(text, language)?.number).toBe(number);
});

it.each([
  ["en", "Fourteen lines are enough. The experiment shows which."],
  ["en", "In the next experiment, v86 runs both machines."],
  ["en", "An x86-64 program prints its own name."],
  ["zh", "十四行就够。实验里看得到是哪些。"],
  ["zh", "按x86-64编译的程序打印自己的名字，v86的实验里也一样。"],
  ["zh", "实验十分简单。"],
] as const)(
  "and is not where there is none, or another sentence has it (%s: %s)",
  (language, text) => {
    expect(countIn(text, language)).toBeUndefined();
  },
);
