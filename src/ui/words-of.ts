import en from "../content/i18n/en.json" with { type: "json" };
import zh from "../content/i18n/zh-CN.json" with { type: "json" };
import type { Language } from "../lab/step.ts";
import type { Strings } from "./strings.ts";

/** How the keys begin that any interactive part may use. */
const SHARED = ["instrument", "lab", "machine", "progress", "terminal"];
/** What only an author sees, while the machines are being built: it is on no page of a built site. */
const AUTHOR = import.meta.env.DEV ? ["building"] : [];

/** How the keys begin that are a part's own, by the name of its component. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  BootTimelineView: ["boot-timeline", "start"],
  ExerciseView: ["exercise"],
  ExperimentView: [],
  GuessView: ["guess"],
  LayerStackView: ["layer-stack"],
  MemoryLedgerView: ["memory-ledger"],
  NamespaceMapView: ["namespace-map"],
  OfflineEditions: ["offline"],
  PastRun: [],
  PortBrowser: ["browser"],
  ProgressPanel: [],
  RaceView: ["race", "references", "start"],
  RingMeterView: ["ring-meter"],
  TranslationLensView: ["translation-lens"],
  TrapCounterView: ["device", "trap-counter"],
};

const ALL: Readonly<Record<Language, Strings>> = { en, zh };

/**
 * The texts of interactive parts in one language.
 * @param parts  names of components; without them, the texts of all
 * @throws Error for a part of which it is not known what it uses
 */
export function wordsOf(lang: Language, parts: Iterable<string> = Object.keys(OWN)): Strings {
  const wanted = new Set([...SHARED, ...AUTHOR]);
  for (const part of parts) {
    const own = OWN[part];
    if (!own) throw new Error(`src/ui/words-of.ts does not say which texts ${part} uses`);
    for (const prefix of own) wanted.add(prefix);
  }
  const found = Object.entries(ALL[lang]).filter(([key]) => wanted.has(key.split(".", 1)[0] ?? ""));
  return Object.fromEntries(found);
}
