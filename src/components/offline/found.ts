import type { Edition, EditionFile } from "../../offline/edition.ts";
import type { EditionStore } from "../../offline/store.ts";

export type Language = "zh" | "en";
export const LANGUAGES: readonly Language[] = ["zh", "en"];

/** What the site offers, what this browser has of it, and the browser's room in bytes. */
export interface Found {
  editions: Record<Language, Edition>;
  missing: Record<Language, EditionFile[]>;
  states: Record<Language, EditionState>;
  usage: number;
  quota: number | undefined;
}

/** `older`: everything of an earlier build is there, and the site has a newer one. */
export type EditionState = "none" | "partly" | "older" | "stored";

/** Compares what is offered with what is stored. */
export async function lookAt(
  store: EditionStore,
  editions: Record<Language, Edition>,
): Promise<Found> {
  const asked = await store.asked();
  const [zh, en] = await Promise.all([store.missing(editions.zh), store.missing(editions.en)]);
  const missing = { zh, en };
  const state = async (language: Language): Promise<EditionState> => {
    const before = asked.get(language);
    if (!before) return "none";
    if (missing[language].length === 0) return "stored";
    return (await store.missing(before)).length === 0 ? "older" : "partly";
  };
  const states = { zh: await state("zh"), en: await state("en") };
  const { usage = 0, quota } = await navigator.storage.estimate();
  return { editions, missing, states, usage, quota };
}
