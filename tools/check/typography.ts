import { readFile } from "node:fs/promises";
import { ROOT } from "../lib/paths.ts";
import { filesIn } from "./text-files.ts";

const HAN = "\\u4e00-\\u9fff";
/** What Chinese text must not have, and what to write instead. */
const RULES: readonly [RegExp, string][] = [
  [
    new RegExp(`[${HAN}] [A-Za-z0-9\`\\[]|[A-Za-z0-9\`\\])%] [${HAN}]`),
    "a typed space between Han and Latin: delete it, CSS makes the gap",
  ],
  // In YAML, a comma also parts the texts of two languages.
  [new RegExp(`[${HAN}](?:,(?! (?:en|right):|$)|[;?!])`), "half-width punctuation after Han"],
  [
    new RegExp(`\\*\\*[^*]+[。，；：？！]\\*\\*[${HAN}]`),
    "bold that ends after a stop: Markdown does not see it",
  ],
];

/** Chinese is typeset as the style guide has it, wherever it is written. */
export async function checkTypography(): Promise<string[]> {
  const files = await filesIn("zh");
  const troubles = files.map(async (file) => {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.flatMap((line, index) =>
      faultsIn(line).map((fault) => `${file.slice(ROOT.length)}:${index + 1}: ${fault}`),
    );
  });
  return (await Promise.all(troubles)).flat();
}

/** What is wrong with a line of Chinese text. */
export function faultsIn(line: string): string[] {
  return RULES.flatMap(([rule, what]) => {
    const found = rule.exec(line)?.[0];
    return found === undefined ? [] : [`${what}: “${found}”`];
  });
}
