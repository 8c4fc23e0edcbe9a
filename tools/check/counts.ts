/** Words by which a sentence speaks of an experiment, or of what one printed. */
const OUTPUT = {
  en: /\b(?:experiments?|recordings?|recorded|outputs?|prints?|printed)\b/i,
  zh: /实验|录制|录下|输出|打印/,
} as const;

/**
 * A number: digits that are no part of a name (`v86`, `x86-64`), or a number word. One and two are not
 * looked for: they are articles and pairs (both machines, either side) far more often than they are
 * counted from an output. A Chinese number word counts before what is counted.
 */
const NUMBER = {
  en: /(?<![\w.:/-])\d[\d,.]*(?![\w-])|\b(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|twice)\b/i,
  zh: /(?<![\w.:/-])\d[\d,.]*(?![\w位-])|(?<![几数])[二三四五六七八九十百千万]+(?=[个条行列次步台层种项份倍块页秒张]|字节)/,
} as const;

/** Where a sentence ends: Chinese leaves no space after its full stop. */
const END = { en: /(?<=[.?!])\s+/, zh: /(?<=[。？！])/ } as const;

/**
 * The first number in a sentence that speaks of an experiment or its output. Such a number is to come
 * from the recording (`<Value>`), for nobody would notice in the sentence that the output has changed.
 */
export function countIn(
  text: string,
  language: keyof typeof OUTPUT,
): { number: string; sentence: string } | undefined {
  for (const sentence of text.split(END[language])) {
    const [number] = NUMBER[language].exec(sentence) ?? [];
    if (number !== undefined && OUTPUT[language].test(sentence)) return { number, sentence };
  }
  return undefined;
}
