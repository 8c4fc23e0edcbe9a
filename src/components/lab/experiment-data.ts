import type { Language } from "../../lab/step.ts";
import { jsonOf } from "../../ui/page-json.ts";
import type { ExperimentText } from "./experiment-text.ts";

/** The experiments of the pages that are being built, by language and id. On the server only. */
const built = new Map<string, ExperimentText>();

/** Id of the `script` beside an experiment that holds its text as JSON: as an attribute it would be twice as long. */
export function dataId(experiment: string): string {
  return `experiment-${experiment}`;
}

/** Has an experiment ready for the view that is rendered next. On the server only. */
export function keepExperiment(text: ExperimentText, lang: Language): void {
  built.set(`${lang}/${text.id}`, text);
}

/** An experiment of this page: on the server what was kept, in a browser what stands beside it. */
export function experimentOf(id: string, lang: Language): ExperimentText {
  const found = import.meta.env.SSR ? built.get(`${lang}/${id}`) : jsonOf(dataId(id));
  if (!found) throw new Error(`the page has no data of the experiment ${id}`);
  return found as ExperimentText;
}
