import { glob } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../lib/paths.ts";

/** Where the book's text is. Files of data have both languages in them. */
const BOTH =
  "src/content/{answers,claims,exercises,experiments,glossary,guesses,history}/**/*.yaml";
const FILES = {
  zh: ["src/content/docs/zh/**/*.{md,mdx}", "src/content/i18n/zh-CN.json", BOTH],
  en: ["src/content/docs/en/**/*.{md,mdx}", "src/content/i18n/en.json", BOTH],
};

/** Every file with text for readers in these languages, as absolute paths, each once. */
export async function filesIn(...languages: (keyof typeof FILES)[]): Promise<string[]> {
  const patterns = languages.flatMap((language) => FILES[language]);
  const found = await Array.fromAsync(glob(patterns, { cwd: ROOT }));
  return [...new Set(found)].sort().map((file) => join(ROOT, file));
}
