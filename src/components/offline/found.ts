import type { Language } from "../../lab/schema.ts";
import { type Edition, type EditionFile, editionSchema } from "../../offline/edition.ts";
import type { EditionStore } from "../../offline/store.ts";
import { LOCALES } from "../site/language.ts";

/** One language's book: what the site offers, and what this browser has of it. */
export interface Offer {
  edition: Edition;
  missing: EditionFile[];
  state: EditionState;
}
/** `older`: everything of an earlier build is there, and the site has a newer one. */
export type EditionState = "none" | "partly" | "older" | "stored";

export interface Found {
  /** Without those whose list could not be read. */
  offers: Partial<Record<Language, Offer>>;
  /** Bytes that the site has in this browser, and may have, where the browser says so. */
  usage: number;
  quota: number | undefined;
}

/** The list of a language's files; without a network, the stored edition's own, if there is one. */
export async function listOf(
  store: EditionStore,
  base: string,
  language: Language,
): Promise<Edition | undefined> {
  try {
    const response = await fetch(`${base}offline/${language}.json`);
    return editionSchema.parse(await response.json());
  } catch {
    return (await store.asked()).get(language);
  }
}

/** Compares what is offered with what is stored. */
export async function lookAt(
  store: EditionStore,
  lists: Partial<Record<Language, Edition | undefined>>,
): Promise<Found> {
  const asked = await store.asked();
  const offers: Found["offers"] = {};
  for (const language of LOCALES) {
    const edition = lists[language];
    if (!edition) continue;
    const missing = await store.missing(edition);
    const before = asked.get(language);
    const state = !before
      ? "none"
      : missing.length === 0
        ? "stored"
        : (await store.missing(before)).length === 0
          ? "older"
          : "partly";
    offers[language] = { edition, missing, state };
  }
  const { usage = 0, quota } = await navigator.storage.estimate();
  return { offers, usage, quota };
}
