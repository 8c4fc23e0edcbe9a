import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { ChoiceList } from "../lab/ChoiceList.tsx";
import { progressStore } from "../lab/progress-store.ts";

export interface GuessViewProps {
  /** Chapter whose opening question it is. */
  id: string;
  question: string;
  choices: string[];
  /** Which of the choices is right. */
  right: number;
  because: string;
  lang: Language;
}

/** Under which name the guess is kept among the reader's predictions. */
const STEP = "opening";

/** A chapter's opening question: the reader commits to an answer before reading on. */
export function GuessView(props: GuessViewProps): JSX.Element {
  const { question, choices, right, because } = props;
  const strings = words(props.lang);
  const key = `chapter:${props.id}`;
  const alive = useSignal(false);
  const picked = useSignal<number | undefined>(undefined);
  useEffect(() => {
    progressStore.open();
    alive.value = true;
  }, []);
  const guess = alive.value ? progressStore.experience(key).predictions?.[STEP] : undefined;
  const choice = choices[right] ?? "";
  return (
    <div class="ok-lab ok-guess not-content">
      <fieldset class="ok-predict">
        <legend>{text(strings, "lab.predict.legend")}</legend>
        <p>{question}</p>
        <ChoiceList
          name={key}
          choices={choices}
          guess={guess}
          picked={picked}
          right={guess === undefined ? undefined : right}
          disabled={!alive.value || guess !== undefined}
        />
        {guess === undefined ? (
          <>
            <p class="ok-predict-actions">
              <button
                type="button"
                class="ok-button"
                disabled={!alive.value || picked.value === undefined}
                onClick={() => {
                  if (picked.value !== undefined) progressStore.predict(key, STEP, picked.value);
                }}
              >
                {text(strings, "lab.predict.answer")}
              </button>
            </p>
            <details>
              <summary>{text(strings, "guess.reveal")}</summary>
              <p>
                {text(strings, "lab.predict.was", { choice })} {because}
              </p>
            </details>
          </>
        ) : (
          <p class="ok-predict-answer" data-right={guess === right} role="status">
            {text(strings, guess === right ? "lab.predict.right" : "lab.predict.wrong", { choice })}{" "}
            {because}
          </p>
        )}
      </fieldset>
    </div>
  );
}
