import capstoneUrl from "@alexaltea/capstone-js/dist/capstone.wasm?url";
import type { LensView } from "../../lab/instruments/translation-lens.ts";
import { type Lens, openLens } from "../../lab/lens.ts";
import type { TranslatedPage, Translation } from "../../machine/protocol.ts";

/** What the page asks: how one page of guest code and its module look as text. */
export interface LensRequest {
  request: number;
  page: TranslatedPage;
  translation: Translation;
}
export type LensReply = { request: number } & (
  | { view: LensView }
  /** `loaded`: whether the tools were there, so that it is the look that failed. */
  | { failure: string; loaded: boolean }
);

let opened: Promise<Lens> | undefined;

self.addEventListener("message", async ({ data }: MessageEvent<LensRequest>) => {
  const { request, page, translation } = data;
  let loaded = false;
  let reply: LensReply;
  try {
    opened ??= openLens(capstoneUrl);
    const lens = await opened;
    loaded = true;
    reply = { request, view: lens.look(page, translation) };
  } catch (thrown) {
    // What did not load may load the next time.
    opened = undefined;
    const failure = thrown instanceof Error ? thrown.message : String(thrown);
    reply = { request, failure, loaded };
  }
  self.postMessage(reply);
});
