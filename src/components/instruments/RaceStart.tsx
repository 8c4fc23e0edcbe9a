import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";

interface RaceStartProps {
  id: "race" | "distribution";
  params?: Record<string, string>;
  ready: boolean;
  strings: Strings;
  run(): void;
}

/** A button, and what its pressing does to the page's machines. */
export function RaceStart({ id, params = {}, ready, strings, run }: RaceStartProps): JSX.Element {
  return (
    <div class="ok-race-start">
      <button
        type="button"
        class={id === "race" ? "ok-button ok-primary" : "ok-button"}
        disabled={!ready}
        aria-describedby={`race-${id}-warning`}
        onClick={() => void run()}
      >
        {text(strings, `race.start.${id}`)}
      </button>
      <p id={`race-${id}-warning`} class="ok-start-note">
        {text(strings, `race.warning.${id}`, params)}
      </p>
    </div>
  );
}
