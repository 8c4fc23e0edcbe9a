import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../lab/schema.ts";
import { bytesOf, EDITION_CACHE, together } from "../../offline/keys.ts";
import { EditionStore, StoreError, type StoreTrouble } from "../../offline/store.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../lab/strings.ts";
import { LOCALES } from "../site/language.ts";
import { EditionBox } from "./EditionBox.tsx";
import { type Found, listOf, lookAt, type Offer } from "./found.ts";
import "../lab/lab.css";
import "./offline.css";

type Trouble =
  | StoreTrouble
  | { code: "unable" | "list"; params: Record<string, never> }
  /** Something that has no sentence of its own. */
  | { code: "other"; params: { reason: string } };
interface Work {
  kind: "download" | "check" | "remove";
  done: number;
  total: number;
}

interface Props {
  strings: Strings;
  /** The site's base path with both slashes. */
  base: string;
}

/** Everything of the book for reading without a network: fetch, go on, check, remove. */
export function OfflineEditions({ strings, base }: Props): JSX.Element {
  const found = useSignal<Found | undefined>(undefined);
  const work = useSignal<Work | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const told = useSignal<string | undefined>(undefined);
  const store = useRef<EditionStore | undefined>(undefined);
  const stop = useRef<AbortController | undefined>(undefined);
  const say = (key: string, params: Record<string, string> = {}) =>
    text(strings, `offline.${key}`, params);
  const size = bytesIn(strings);

  useEffect(() => {
    void (async () => {
      store.current = await openStore(base);
      if (!store.current) {
        trouble.value = { code: "unable", params: {} };
        return;
      }
      const it = store.current;
      const [zh, en] = await Promise.all(LOCALES.map((language) => listOf(it, base, language)));
      if (!zh || !en) trouble.value = { code: "list", params: {} };
      found.value = await lookAt(it, { zh, en });
    })();
    return () => stop.current?.abort();
  }, []);

  /** Does something with the store; whatever happens, says what is stored now. */
  const during = async (next: Work, action: (store: EditionStore) => Promise<void>) => {
    if (!store.current || !found.value) return;
    work.value = next;
    trouble.value = undefined;
    told.value = undefined;
    try {
      await action(store.current);
    } catch (thrown) {
      trouble.value =
        thrown instanceof StoreError
          ? thrown.trouble
          : { code: "other", params: { reason: String(thrown) } };
    }
    work.value = undefined;
    const { zh, en } = found.value.offers;
    found.value = await lookAt(store.current, { zh: zh?.edition, en: en?.edition });
  };
  const count = (bytes: number) => {
    if (work.value) work.value = { ...work.value, done: work.value.done + bytes };
  };
  const fetchAll = (languages: readonly Language[]) => {
    const offers = languages.flatMap((language) => {
      const offer = found.value?.offers[language];
      return offer ? [[language, offer] as const] : [];
    });
    const total = bytesOf(together(offers.map(([, { edition }]) => edition.files)));
    const left = bytesOf(together(offers.map(([, { missing }]) => missing)));
    const wanted = new Map(offers.map(([language, { edition }]) => [language, edition]));
    stop.current = new AbortController();
    const { signal } = stop.current;
    void during({ kind: "download", done: total - left, total }, async (it) => {
      // Asks that it is not cleared for want of room. Firefox asks the reader, who may take their time.
      void navigator.storage.persist?.();
      await it.download(wanted, { signal, onBytes: count });
    });
  };
  const check = ({ edition }: Offer) =>
    void during({ kind: "check", done: 0, total: bytesOf(edition.files) }, async (it) => {
      const { length } = await it.check(edition, count);
      told.value = length ? say("damaged", { count: `${length}` }) : say("sound");
    });
  const remove = (language: Language) =>
    void during({ kind: "remove", done: 0, total: 1 }, (it) => it.remove(language));

  const now = found.value;
  const busy = work.value !== undefined;
  const able = trouble.value?.code !== "unable";
  const all = Object.values(now?.offers ?? {});
  const both =
    all.length === LOCALES.length
      ? bytesOf(together(all.map(({ missing }) => missing)))
      : undefined;
  return (
    <div class="ok-offline not-content">
      {able &&
        LOCALES.map((language) => (
          <EditionBox
            key={language}
            language={language}
            offer={now?.offers[language]}
            busy={busy}
            say={say}
            size={size}
            onFetch={() => fetchAll([language])}
            onCheck={check}
            onRemove={() => remove(language)}
          />
        ))}
      {able && (
        <p class="ok-lab-actions">
          <button
            type="button"
            class="ok-button"
            disabled={busy || !both}
            onClick={() => fetchAll(LOCALES)}
          >
            {say("both", { size: both === undefined ? "…" : size(both) })}
          </button>
          <button
            type="button"
            class="ok-button"
            disabled={work.value?.kind !== "download"}
            onClick={() => stop.current?.abort()}
          >
            {say("pause")}
          </button>
        </p>
      )}
      <div class="ok-offline-told">
        {work.value && (
          <p>
            <progress
              aria-label={say(`working.${work.value.kind}`)}
              max={work.value.total}
              value={work.value.done}
            />{" "}
            {say("progress", {
              done: size(work.value.done),
              total: size(work.value.total),
            })}
          </p>
        )}
        {told.value && <p role="status">{told.value}</p>}
        {trouble.value && (
          <p role="alert" class="ok-offline-trouble" data-trouble={trouble.value.code}>
            {say(`trouble.${trouble.value.code}`, written(trouble.value.params, size))}
          </p>
        )}
      </div>
      {now?.quota !== undefined && (
        <p class="ok-offline-room">
          {say("room", { used: size(now.usage), left: size(now.quota - now.usage) })}
        </p>
      )}
    </div>
  );
}

async function openStore(base: string): Promise<EditionStore | undefined> {
  // All three are missing where an address is neither https nor this computer's own.
  if (!("caches" in window) || !("serviceWorker" in navigator) || !crypto.subtle) return undefined;
  try {
    const cache = await caches.open(EDITION_CACHE);
    const estimate = () => navigator.storage.estimate();
    const environment = { cache, estimate, fetch: fetch.bind(window) };
    return new EditionStore(environment, new URL(base, location.href).href);
  } catch {
    return undefined;
  }
}

/** Numbers are of bytes. */
function written(
  params: Record<string, string | number>,
  size: (bytes: number) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      typeof value === "number" ? size(value) : value,
    ]),
  );
}
