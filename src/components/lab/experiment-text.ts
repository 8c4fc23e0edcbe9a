import type { Experiment, Language } from "../../lab/schema.ts";

/** An experiment in one language, as a page shows it. */
export interface ExperimentText {
  id: string;
  title: string;
  intent: string;
  /** The definition itself, which the lab runs. */
  definition: Experiment;
  terminals: { name: string; machine: string; port: number; label: string }[];
  steps: { id: string; at: string; atLabel: string; run: string; explain: string }[];
  findings: { that: string; because: string }[];
}

/** Picks one language's texts. */
export function experimentText(id: string, definition: Experiment, lang: Language): ExperimentText {
  const terminals = Object.entries(definition.terminals).map(([name, terminal]) => ({
    name,
    machine: terminal.machine,
    port: terminal.port,
    label: terminal.label[lang],
  }));
  return {
    id,
    title: definition.title[lang],
    intent: definition.intent[lang],
    definition,
    terminals,
    steps: definition.steps.map((step) => ({
      id: step.id,
      at: step.at,
      atLabel: definition.terminals[step.at]?.label[lang] ?? step.at,
      run: step.run,
      explain: step.explain[lang],
    })),
    findings: definition.findings.map(({ that, because }) => ({ that, because: because[lang] })),
  };
}
