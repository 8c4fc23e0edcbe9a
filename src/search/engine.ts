// The search's engine as its interface loads it, in the place of Pagefind's own `pagefind.js`: that one
// finds pages with all of a question's words, this one asks it in the book's words, and where few pages
// have all, for fewer of them. Built into each site by tools/lib/search.ts.
export * from "pagefind-engine";

import * as engine from "pagefind-engine";
import { type Asked, askedSchema, Question } from "./asked.ts";
import { withFewer } from "./fewer.ts";

/** Pages with all words; where fewer have them, those with most of the words follow. */
const ENOUGH = 3;
/** Asked for what is known of readers, a server may take so long; then the words are as they are. */
const LOAD_MS = 3_000;

let question: Promise<Question> | undefined;

/** As Pagefind's: pages that answer, the best first. */
export async function search(typed: string | null, options?: object): Promise<engine.Found> {
  if (!typed) return engine.search(typed, options);
  question ??= load();
  const words = (await question).wordsOf(typed);
  // Marks alone are no words, and Pagefind has an answer for them.
  if (words.length === 0) return engine.search(typed, options);
  const found = await engine.search(words.join(" "), options);
  if (found.results.length >= ENOUGH || words.length < 2) return found;
  const seen = new Map(found.results.map((result) => [result.id, result]));
  for (const fewer of withFewer(words)) {
    for (const result of await anyOf(fewer, options))
      if (!seen.has(result.id)) seen.set(result.id, result);
    if (seen.size >= ENOUGH) break;
  }
  return { ...found, results: [...seen.values()], unfilteredResultCount: seen.size };
}

/** What any of these sets finds, the best first. */
async function anyOf(sets: readonly string[][], options?: object): Promise<engine.Result[]> {
  const best = new Map<string, engine.Result>();
  for (const set of sets)
    for (const result of (await engine.search(set.join(" "), options)).results) {
      const known = best.get(result.id);
      if (!known || known.score < result.score) best.set(result.id, result);
    }
  return [...best.values()].toSorted((a, b) => b.score - a.score);
}

/** What is known of this language's readers. Without it, the words are looked for as they are. */
async function load(): Promise<Question> {
  const { lang } = document.documentElement;
  const nothing: Asked = { empty: [], means: {}, words: [] };
  try {
    const here = import.meta.url.replace(/[^/]*$/, "");
    const signal = AbortSignal.timeout(LOAD_MS);
    const answer = await fetch(`${here}asked.${lang.toLowerCase()}.json`, { signal });
    return new Question(askedSchema.parse(await answer.json()), lang);
  } catch {
    return new Question(nothing, lang);
  }
}
