import { ROOT } from "../lib/paths.ts";
import { filesIn } from "./text-files.ts";
import { textsOf } from "./texts.ts";

const HAN = "\\u4e00-\\u9fff";
/** What Chinese text must not have, and what to write instead. */
const RULES: readonly [RegExp, string][] = [
  [
    new RegExp(`[${HAN}] [A-Za-z0-9\`\\[]|[A-Za-z0-9\`\\])%] [${HAN}]`),
    "a typed space between Han and Latin: delete it, CSS makes the gap",
  ],
  [
    new RegExp(`[${HAN}，。；：？！、]\\s+[${HAN}]`),
    "a gap between Chinese words, typed or by a broken line: delete it, write the text in one line",
  ],
  [new RegExp(`[${HAN}][,;?!]`), "half-width punctuation after Han"],
  [
    new RegExp(`\\*\\*[^*]+[。，；：？！]\\*\\*[${HAN}]`),
    "bold that ends after a stop: Markdown does not see it",
  ],
];

/** Chinese is typeset as the style guide has it, wherever it is written. */
export async function checkTypography(): Promise<string[]> {
  const files = await filesIn("zh");
  const troubles = files.map(async (file) => {
    return (await textsOf(file)).flatMap(({ line, text }) =>
      faultsIn(text).map((fault) => `${file.slice(ROOT.length)}:${line}: ${fault}`),
    );
  });
  return (await Promise.all(troubles)).flat();
}

/** What is wrong with a Chinese text. */
export function faultsIn(text: string): string[] {
  return RULES.flatMap(([rule, what]) => {
    const found = rule.exec(text)?.[0];
    return found === undefined ? [] : [`${what}: “${found}”`];
  });
}
