import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";

interface ChoiceProps<Value extends string> {
  of: readonly Value[];
  chosen: Signal<Value>;
  /** `<key>` names the choice, `<key>.<value>` each value. */
  name: string;
  strings: Strings;
  /** Whether the page's script runs. */
  alive: boolean;
}

/** Buttons of which one is pressed. */
export function Choice<Value extends string>(props: ChoiceProps<Value>): JSX.Element {
  const { of, chosen, name, strings, alive } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would stand above its border.
    <div class="ok-choice" role="group" aria-label={text(strings, name)}>
      {of.map((value) => (
        <button
          key={value}
          type="button"
          class="ok-button"
          disabled={!alive}
          aria-pressed={chosen.value === value}
          onClick={() => {
            chosen.value = value;
          }}
        >
          {text(strings, `${name}.${value}`)}
        </button>
      ))}
    </div>
  );
}
