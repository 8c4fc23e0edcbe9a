/** No more searches than this for all sets of one size, so that a pasted page is answered, too. */
export const MOST_SETS = 30;

/**
 * Sets of a question's words, all of one size together: with one word less, with two, … with one word.
 * Sizes of which there are more than {@link MOST_SETS} are left out.
 */
export function* withFewer(words: readonly string[]): Generator<string[][]> {
  for (let size = words.length - 1; size > 0; size--)
    if (setsOf(words.length, size) <= MOST_SETS) yield choose(words, size);
}

/** How many sets of a size there are, counted before they are made: n! ÷ (k! (n − k)!). */
function setsOf(words: number, size: number): number {
  let sets = 1;
  for (let taken = 1; taken <= Math.min(size, words - size); taken++)
    sets = (sets * (words - taken + 1)) / taken;
  return sets;
}

function choose(words: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return words.flatMap((word, index) =>
    choose(words.slice(index + 1), size - 1).map((rest) => [word, ...rest]),
  );
}
