import { distance } from "fastest-levenshtein";
import { z } from "zod/mini";

/**
 * What the search knows of how readers of a language ask: `src/content/search/<language>.yaml`, with the
 * words of the language's pages, which the build adds.
 */
export const askedSchema = z.object({
  /** Words that say nothing of what is looked for: “what”, “does”; 什么、怎么. */
  empty: z.array(z.string()),
  /** The book's words for readers' words: `{ "virtual machine": ["vm", "vms"] }`. */
  means: z.record(z.string(), z.array(z.string())),
  /** Latin words that stand in the pages, in lower case. */
  words: z.array(z.string()),
});
export type Asked = z.infer<typeof askedSchema>;

/** Letters from which on a word may be misspelt by one letter, and by two. */
const ONE_OFF = 4;
const TWO_OFF = 7;

/** One sign can be a part of any word. */
const PHRASE = /^\p{Script=Han}{2,}$/u;

/** A question as the index is asked: without empty words, in the book's words, rightly spelt. */
export class Question {
  readonly #asked: Asked;
  readonly #empty: ReadonlySet<string>;
  readonly #words: ReadonlySet<string>;
  readonly #segments: Intl.Segmenter;

  constructor(asked: Asked, language: string) {
    this.#asked = asked;
    this.#empty = new Set(asked.empty);
    this.#words = new Set(asked.words);
    this.#segments = new Intl.Segmenter(language, { granularity: "word" });
  }

  /** The words to look for, in their order; all that was typed where none of it says anything. */
  wordsOf(typed: string): string[] {
    const plain = typed.normalize("NFKC").toLowerCase();
    const said = this.#inBooksWords(plain);
    const telling = this.#split(this.#withoutPhrases(said)).filter(
      (word) => !this.#empty.has(word),
    );
    const words = telling.length > 0 ? telling : this.#split(said);
    return [...new Set(words.map((word) => this.#spelt(word)))];
  }

  #inBooksWords(text: string): string {
    let said = text;
    // The longest first: “docker in docker” is more than “docker”.
    for (const [meant, names] of Object.entries(this.#asked.means))
      for (const name of names.toSorted((a, b) => b.length - a.length))
        said = said.replaceAll(whole(name), ` ${meant} `);
    return said;
  }

  /** Chinese has no spaces: 到底是什么 would be taken apart in the wrong places. */
  #withoutPhrases(text: string): string {
    const phrases = [...this.#empty].filter((word) => PHRASE.test(word));
    return phrases
      .toSorted((a, b) => b.length - a.length)
      .reduce((rest, phrase) => rest.replaceAll(phrase, " "), text);
  }

  #split(text: string): string[] {
    return [...this.#segments.segment(text)].flatMap(({ segment, isWordLike }) =>
      isWordLike ? [segment] : [],
    );
  }

  /** The book's word that a Latin word comes nearest to, if it stands in no page and one is near. */
  #spelt(word: string): string {
    if (!/^[a-z]+$/.test(word) || word.length < ONE_OFF || this.#words.has(word)) return word;
    // Half a word is what is being typed.
    if (this.#asked.words.some((known) => known.startsWith(word))) return word;
    const most = word.length < TWO_OFF ? 1 : 2;
    let nearest = word;
    let least = most + 1;
    for (const known of this.#asked.words) {
      if (Math.abs(known.length - word.length) > most) continue;
      const off = distance(word, known);
      if (off < least) [nearest, least] = [known, off];
    }
    return nearest;
  }
}

/** A name where it stands as a whole: Latin letters beside it belong to another word. */
function whole(name: string): RegExp {
  const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![a-z0-9])${literal}(?![a-z0-9])`, "g");
}
