import type { Answer, Answers, Query } from "./protocol.ts";

const NOTHING: Answers = {
  measure: { instructions: 0, seconds: 0 },
  memory: { size: 0, touched: 0 },
  translations: [],
  translation: undefined,
};

/** What a machine that is off answers. */
export function answerOfNone<Q extends Query>({ of }: Q): Answer<Q> {
  return NOTHING[of as Q["of"]];
}
