import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

interface ChoiceListProps {
  /** Of the radio buttons, unique on the page. */
  name: string;
  choices: readonly string[];
  /** Index of what the reader guessed, once and for all. */
  guess: number | undefined;
  /** What is marked before that. */
  picked: Signal<number | undefined>;
  /** Index of the right one, when it may be shown. */
  right: number | undefined;
  disabled: boolean;
}

/** The answers to a question of which the reader picks one. */
export function ChoiceList(props: ChoiceListProps): JSX.Element {
  const { name, choices, guess, picked, right, disabled } = props;
  return (
    <ul>
      {choices.map((choice, index) => (
        <li key={choice} data-right={index === right}>
          <label>
            <input
              type="radio"
              name={name}
              value={index}
              disabled={disabled}
              checked={(guess ?? picked.value) === index}
              onChange={() => {
                picked.value = index;
              }}
            />
            <span>{choice}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}
