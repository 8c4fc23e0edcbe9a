import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Strings, text } from "../../ui/strings.ts";
import { ChoiceList } from "./ChoiceList.tsx";
import type { ExperimentSession, StepState } from "./experiment-session.ts";
import type { StepText } from "./experiment-text.ts";
import { scrolling } from "./motion.ts";
import { progressStore } from "./progress-store.ts";

interface PredictionProps {
  session: ExperimentSession;
  step: StepText;
  state: StepState;
  alive: boolean;
  strings: Strings;
}

/** The question before a step: choices, the reader's guess, and after the step what was right. */
export function Prediction(props: PredictionProps): JSX.Element | null {
  const { session, step, state, alive, strings } = props;
  const picked = useSignal<number | undefined>(undefined);
  const box = useRef<HTMLFieldSetElement>(null);
  const asking = session.asking.value === step.id;
  useEffect(() => {
    if (!asking) return;
    box.current?.scrollIntoView({ block: "center", behavior: scrolling() });
    box.current?.querySelector("input")?.focus({ preventScroll: true });
  }, [asking]);
  if (!step.predict) return null;
  const { question, choices, right, because } = step.predict;
  const id = session.experiment.id;
  const guess = alive ? progressStore.experience(id).predictions?.[step.id] : undefined;
  const settled = typeof state === "object";
  const answer = () => {
    const choice = picked.value;
    if (choice === undefined) return;
    if (asking) void session.guess(choice);
    else progressStore.predict(id, step.id, choice);
  };
  return (
    <fieldset class="ok-predict" ref={box} data-asking={asking}>
      <legend>{text(strings, "lab.predict.legend")}</legend>
      <p>{question}</p>
      <ChoiceList
        name={`${id}-${step.id}`}
        choices={choices}
        guess={guess}
        picked={picked}
        right={settled ? right : undefined}
        disabled={!alive || guess !== undefined || settled}
      />
      {guess === undefined && !settled && (
        <p class="ok-predict-actions">
          <button
            type="button"
            class="ok-button"
            disabled={!alive || picked.value === undefined}
            onClick={answer}
          >
            {text(strings, "lab.predict.answer")}
          </button>
          {asking && (
            <button type="button" class="ok-button" onClick={() => void session.guess(undefined)}>
              {text(strings, "lab.predict.skip")}
            </button>
          )}
        </p>
      )}
      {guess !== undefined && !settled && (
        <p class="ok-note">{text(strings, "lab.predict.kept")}</p>
      )}
      {settled && (
        <p class="ok-predict-answer" data-right={guess === right}>
          {text(strings, outcome(guess, right), { choice: choices[right] ?? "" })} {because}
        </p>
      )}
    </fieldset>
  );
}

function outcome(guess: number | undefined, right: number): string {
  if (guess === undefined) return "lab.predict.was";
  return guess === right ? "lab.predict.right" : "lab.predict.wrong";
}
