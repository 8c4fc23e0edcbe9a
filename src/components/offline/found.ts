import { type Edition, type EditionFile, editionSchema } from "../../offline/edition.ts";
import type { EditionStore } from "../../offline/store.ts";

/** The book in one language, or a machine that no book has: what the site offers, and what this browser has of it. */
export interface Offer {
  edition: Edition;
  missing: EditionFile[];
  state: EditionState;
}
/** `older`: everything of an earlier build is there, and the site has a newer one. */
export type EditionState = "none" | "partly" | "older" | "stored";

/** By name: a language, or a machine's id. */
type Lists = Readonly<Record<string, Edition | undefined>>;

export interface Found {
  /** By name, without those whose list could not be read. */
  offers: Partial<Record<string, Offer>>;
  /** Bytes that the site has in this browser, and may have, where the browser says so. */
  usage: number;
  quota: number | undefined;
}

/**
 * The list of an edition's files; without a network, or where the site has no such edition any more,
 * the stored edition's own, if there is one.
 * @returns undefined when it cannot be had; an archive need not have a large machine's
 */
export async function listOf(
  store: EditionStore,
  base: string,
  name: string,
): Promise<Edition | undefined> {
  try {
    const response = await fetch(`${base}offline/${name}.json`);
    return editionSchema.parse(await response.json());
  } catch {
    return (await store.asked()).get(name);
  }
}

/** Compares what is offered with what is stored. */
export async function lookAt(store: EditionStore, lists: Lists): Promise<Found> {
  const asked = await store.asked();
  const offers: Found["offers"] = {};
  for (const [name, edition] of Object.entries(lists)) {
    if (!edition) continue;
    const missing = await store.missing(edition);
    const before = asked.get(name);
    const state = !before
      ? "none"
      : missing.length === 0
        ? "stored"
        : (await store.missing(before)).length === 0
          ? "older"
          : "partly";
    offers[name] = { edition, missing, state };
  }
  const { usage = 0, quota } = await navigator.storage.estimate();
  return { offers, usage, quota };
}
