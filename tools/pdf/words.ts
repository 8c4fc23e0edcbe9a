import en from "../../src/content/i18n/en.json" with { type: "json" };
import zh from "../../src/content/i18n/zh-CN.json" with { type: "json" };
import type { Language } from "../../src/lab/step.ts";

/** What the printed book says of itself, in its language. `imprint`, of a site whose address is known or not, has places to {@link fill}. */
export function words(language: Language) {
  const ui = { zh, en }[language];
  return {
    title: ui["pdf.title"],
    promise: ui["pdf.promise"],
    subtitle: ui["pdf.subtitle"],
    contents: ui["pdf.contents"],
    experiment: ui["pdf.experiment"],
    instrument: ui["pdf.instrument"],
    figure: ui["pdf.figure"],
    table: ui["pdf.table"],
    page: ui["pdf.page"],
    opens: ui["pdf.opens"],
    hint: ui["pdf.hint"],
    experiments: ui["pdf.experiments"],
    claims: ui["pdf.claims"],
    answers: ui["pdf.answers"],
    answersIntro: ui["pdf.answers.intro"],
    exercises: ui["pdf.exercises"],
    file: ui["pdf.file"],
    imprint: (placed: boolean) => [
      placed ? ui["pdf.imprint.made"] : ui["pdf.imprint.made-anywhere"],
      ui["pdf.imprint.machines"],
      ui["pdf.imprint.recorded"],
      ui["pdf.imprint.licence"],
    ],
  };
}

/** A sentence with its `{{places}}` filled. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replaceAll(/\{\{(\w+)\}\}/g, (place, key) => values[key] ?? place);
}
