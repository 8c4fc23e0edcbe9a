import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Edition, editionSchema } from "../../offline/edition.ts";
import { bytesOf, EDITION_CACHE, together } from "../../offline/keys.ts";
import { EditionStore, StoreError, type StoreTrouble } from "../../offline/store.ts";
import { megabytes, type Strings, text } from "../lab/strings.ts";
import { EditionBox } from "./EditionBox.tsx";
import { type Found, LANGUAGES, type Language, lookAt } from "./found.ts";
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

  useEffect(() => {
    void (async () => {
      store.current = await openStore(base);
      if (!store.current) {
        trouble.value = { code: "unable", params: {} };
        return;
      }
      try {
        const [zh, en] = await Promise.all([listOf(base, "zh"), listOf(base, "en")]);
        found.value = await lookAt(store.current, { zh, en });
      } catch {
        trouble.value = { code: "list", params: {} };
      }
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
    found.value = await lookAt(store.current, found.value.editions);
  };
  const count = (bytes: number) => {
    if (work.value) work.value = { ...work.value, done: work.value.done + bytes };
  };
  const fetchAll = (languages: readonly Language[], { editions, missing }: Found) => {
    const total = bytesOf(together(languages.map((language) => editions[language].files)));
    const left = bytesOf(together(languages.map((language) => missing[language])));
    const wanted = new Map(languages.map((language) => [language, editions[language]]));
    stop.current = new AbortController();
    const { signal } = stop.current;
    void during({ kind: "download", done: total - left, total }, async (it) => {
      // Asks that it is not cleared for want of room. Firefox asks the reader, who may take their time.
      void navigator.storage.persist?.();
      await it.download(wanted, { signal, onBytes: count });
    });
  };
  const check = (language: Language, { editions }: Found) => {
    const { files } = editions[language];
    void during({ kind: "check", done: 0, total: bytesOf(files) }, async (it) => {
      const { length } = await it.check(editions[language], count);
      told.value = length ? say("damaged", { count: `${length}` }) : say("sound");
    });
  };
  const remove = (language: Language) =>
    void during({ kind: "remove", done: 0, total: 1 }, (it) => it.remove(language));

  const now = found.value;
  const busy = work.value !== undefined;
  const both = now && bytesOf(together(Object.values(now.missing)));
  return (
    <div class="ok-offline not-content">
      {LANGUAGES.map((language) => (
        <EditionBox
          key={language}
          language={language}
          found={now}
          busy={busy}
          say={say}
          onFetch={() => now && fetchAll([language], now)}
          onCheck={() => now && check(language, now)}
          onRemove={() => remove(language)}
        />
      ))}
      <p class="ok-lab-actions">
        <button
          type="button"
          class="ok-button"
          disabled={busy || !both}
          onClick={() => now && fetchAll(LANGUAGES, now)}
        >
          {say("both", { size: both === undefined ? "…" : megabytes(both) })}
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
      <div class="ok-offline-told">
        {work.value && (
          <p>
            <progress
              aria-label={say(`working.${work.value.kind}`)}
              max={work.value.total}
              value={work.value.done}
            />{" "}
            {say("progress", {
              done: megabytes(work.value.done),
              total: megabytes(work.value.total),
            })}
          </p>
        )}
        {told.value && <p role="status">{told.value}</p>}
        {trouble.value && (
          <p role="alert" class="ok-offline-trouble" data-trouble={trouble.value.code}>
            {say(`trouble.${trouble.value.code}`, written(trouble.value.params))}
          </p>
        )}
      </div>
      {now?.quota !== undefined && (
        <p class="ok-offline-room">
          {say("room", { used: megabytes(now.usage), left: megabytes(now.quota - now.usage) })}
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

async function listOf(base: string, language: Language): Promise<Edition> {
  const response = await fetch(`${base}offline/${language}.json`);
  return editionSchema.parse(await response.json());
}

/** Bytes as people read them. */
function written(params: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      typeof value === "number" ? megabytes(value) : value,
    ]),
  );
}
