import type { JSX } from "preact";
import { bytesOf } from "../../offline/keys.ts";
import type { Offer } from "./found.ts";

interface Props {
  /** A language, or a machine's id. */
  name: string;
  title: string;
  kind: "book" | "machine";
  /** Undefined until its list has been read, or when it cannot be. */
  offer: Offer | undefined;
  busy: boolean;
  say: (key: string, params?: Record<string, string>) => string;
  /** Writes bytes as the page's language does. */
  size: (bytes: number) => string;
  onFetch: () => void;
  onCheck: (offer: Offer) => void;
  onRemove: () => void;
}

/** The book in one language, or a machine apart: how much of it is stored, and what can be done about that. */
export function EditionBox(props: Props): JSX.Element {
  const { name, kind, offer, busy, say, size } = props;
  const state = offer?.state;
  const total = offer ? bytesOf(offer.edition.files) : 0;
  const left = offer ? bytesOf(offer.missing) : 0;
  const verb = state === "partly" ? "continue" : state === "older" ? "update" : "fetch";
  const told =
    kind === "machine" && (state === "stored" || state === "older") ? "machine" : "state";
  const begun = state !== undefined && state !== "none";
  return (
    <section data-edition={name} data-state={state ?? "unknown"}>
      <h2 class="ok-offline-title">{props.title}</h2>
      {kind === "machine" && <p>{say("apart")}</p>}
      <p>{state && say(`${told}.${state}`, { total: size(total), have: size(total - left) })}</p>
      <p class="ok-lab-actions">
        {state !== "stored" && (
          <button
            type="button"
            class="ok-button ok-primary"
            disabled={busy || state === undefined}
            onClick={props.onFetch}
          >
            {say(verb, { size: offer ? size(left) : "…" })}
          </button>
        )}
        <button
          type="button"
          class="ok-button"
          disabled={busy || !begun}
          onClick={() => offer && props.onCheck(offer)}
        >
          {say("check")}
        </button>
        <button type="button" class="ok-button" disabled={busy || !begun} onClick={props.onRemove}>
          {say("remove")}
        </button>
      </p>
    </section>
  );
}
