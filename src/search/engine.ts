// The search's engine as its interface loads it, in the place of Pagefind's own `pagefind.js`: that one
// finds pages with all of a question's words, this one asks it in the book's words, and where few pages
// have all, for fewer of them. Built into each site by tools/lib/search.ts.
export * from "pagefind-engine";

import * as engine from "pagefind-engine";
import { type Asked, askedSchema, Question } from "./asked.ts";

/** Pages with all words; where fewer have them, those with most of the words follow. */
const ENOUGH = 3;
/** Of a long question every word but one, then every pair of words: no more searches than this. */
const MOST_SEARCHES = 30;

let question: Promise<Question> | undefined;

/** As Pagefind's: pages that answer, the best first. */
export async function search(typed: string | null, options?: object): Promise<engine.Found> {
  if (!typed) return engine.search(typed, options);
  question ??= load();
  const words = (await question).wordsOf(typed);
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

/** Sets of words, all of one size together: with one word less, with two, … one. */
function* withFewer(words: readonly string[]): Generator<string[][]> {
  for (let size = words.length - 1; size > 0; size--) {
    const sets = choose(words, size);
    if (sets.length <= MOST_SEARCHES) yield sets;
  }
}

function choose(words: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return words.flatMap((word, index) =>
    choose(words.slice(index + 1), size - 1).map((rest) => [word, ...rest]),
  );
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
    const answer = await fetch(`${here}asked.${lang.toLowerCase()}.json`);
    return new Question(askedSchema.parse(await answer.json()), lang);
  } catch {
    return new Question(nothing, lang);
  }
}
