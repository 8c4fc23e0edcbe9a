import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { bytesOf, EDITION_CACHE, together } from "../../offline/keys.ts";
import { EditionStore, StoreError, type StoreTrouble } from "../../offline/store.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
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
  lang: Language;
  /** The site's base path with both slashes. */
  base: string;
  /** Large machines that no language's book has, with what the reader calls them. */
  apart: readonly { id: string; title: string }[];
}

/** Everything of the book for reading without a network: fetch, go on, check, remove. */
export function OfflineEditions({ lang, base, apart }: Props): JSX.Element {
  const strings = words(lang);
  const found = useSignal<Found | undefined>(undefined);
  const work = useSignal<Work | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const told = useSignal<string | undefined>(undefined);
  const store = useRef<EditionStore | undefined>(undefined);
  const stop = useRef<AbortController | undefined>(undefined);
  const say = (key: string, params: Record<string, string> = {}) =>
    text(strings, `offline.${key}`, params);
  const size = bytesIn(strings);
  const names = [...LOCALES, ...apart.map(({ id }) => id)];

  useEffect(() => {
    void (async () => {
      store.current = await openStore(base);
      if (!store.current) {
        trouble.value = { code: "unable", params: {} };
        return;
      }
      const it = store.current;
      const lists = await Promise.all(
        names.map(async (name) => [name, await listOf(it, base, name)] as const),
      );
      // A copy of the site need not have a large machine; the book it has.
      const isLost = (language: string) =>
        lists.some(([name, list]) => name === language && list === undefined);
      if (LOCALES.some(isLost)) trouble.value = { code: "list", params: {} };
      found.value = await lookAt(it, Object.fromEntries(lists));
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
    const offers = Object.entries(found.value.offers);
    const lists = Object.fromEntries(offers.map(([name, offer]) => [name, offer?.edition]));
    found.value = await lookAt(store.current, lists);
  };
  const count = (bytes: number) => {
    if (work.value) work.value = { ...work.value, done: work.value.done + bytes };
  };
  const fetchAll = (wanted: readonly string[]) => {
    const offers = wanted.flatMap((name) => {
      const offer = found.value?.offers[name];
      return offer ? [[name, offer] as const] : [];
    });
    const total = bytesOf(together(offers.map(([, { edition }]) => edition.files)));
    const left = bytesOf(together(offers.map(([, { missing }]) => missing)));
    const editions = new Map(offers.map(([name, { edition }]) => [name, edition]));
    stop.current = new AbortController();
    const { signal } = stop.current;
    void during({ kind: "download", done: total - left, total }, async (it) => {
      // Asks that it is not cleared for want of room. Firefox asks the reader, who may take their time.
      void navigator.storage.persist?.();
      await it.download(editions, { signal, onBytes: count });
    });
  };
  const check = ({ edition }: Offer) =>
    void during({ kind: "check", done: 0, total: bytesOf(edition.files) }, async (it) => {
      const { length } = await it.check(edition, count);
      told.value = length ? say("damaged", { count: `${length}` }) : say("sound");
    });
  const remove = (name: string) =>
    void during({ kind: "remove", done: 0, total: 1 }, (it) => it.remove(name));

  const now = found.value;
  const busy = work.value !== undefined;
  const able = trouble.value?.code !== "unable";
  const books = LOCALES.flatMap((language) => now?.offers[language] ?? []);
  const both =
    books.length === LOCALES.length
      ? bytesOf(together(books.map(({ missing }) => missing)))
      : undefined;
  // One that this copy of the site is without goes once that is known.
  const large = apart.filter(({ id }) => !now || now.offers[id]);
  const box = (name: string, title: string, kind: "book" | "machine") => (
    <EditionBox
      key={name}
      name={name}
      title={title}
      kind={kind}
      offer={now?.offers[name]}
      busy={busy}
      say={say}
      size={size}
      onFetch={() => fetchAll([name])}
      onCheck={check}
      onRemove={() => remove(name)}
    />
  );
  return (
    <div class="ok-offline not-content">
      {able && LOCALES.map((language) => box(language, say(`language.${language}`), "book"))}
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
      {able && large.map(({ id, title }) => box(id, say("machine", { title }), "machine"))}
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
