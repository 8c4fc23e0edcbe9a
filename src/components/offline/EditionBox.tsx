import type { JSX } from "preact";
import { bytesOf } from "../../offline/keys.ts";
import { megabytes } from "../lab/strings.ts";
import type { Found, Language } from "./found.ts";

interface Props {
  language: Language;
  found: Found | undefined;
  busy: boolean;
  say: (key: string, params?: Record<string, string>) => string;
  onFetch: () => void;
  onCheck: () => void;
  onRemove: () => void;
}

/** The book in one language: how much of it is stored, and what can be done about that. */
export function EditionBox(props: Props): JSX.Element {
  const { language, found, busy, say } = props;
  const state = found?.states[language];
  const total = found ? bytesOf(found.editions[language].files) : 0;
  const left = found ? bytesOf(found.missing[language]) : 0;
  const verb = state === "partly" ? "continue" : state === "older" ? "update" : "fetch";
  const begun = state !== undefined && state !== "none";
  return (
    <section data-edition={language} data-state={state ?? "unknown"}>
      <h2 class="ok-offline-title">{say(`language.${language}`)}</h2>
      <p>
        {state && say(`state.${state}`, { total: megabytes(total), have: megabytes(total - left) })}
      </p>
      <p class="ok-lab-actions">
        <button
          type="button"
          class="ok-button ok-primary"
          disabled={busy || state === undefined || state === "stored"}
          onClick={props.onFetch}
        >
          {say(verb, { size: found ? megabytes(left) : "…" })}
        </button>
        <button type="button" class="ok-button" disabled={busy || !begun} onClick={props.onCheck}>
          {say("check")}
        </button>
        <button type="button" class="ok-button" disabled={busy || !begun} onClick={props.onRemove}>
          {say("remove")}
        </button>
      </p>
    </section>
  );
}
