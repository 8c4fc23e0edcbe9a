import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";
import { progressStore } from "../lab/progress-store.ts";
import { exportProgress } from "./export-progress.ts";

/** Why progress is not as it should be, and a way to keep what is on this page alone. */
export function ProgressTrouble({ strings }: { strings: Strings }): JSX.Element | null {
  const trouble = progressStore.trouble.value;
  if (!trouble) return null;
  return (
    <div class="ok-trouble" role="alert">
      <p>{text(strings, `progress.trouble.${trouble.code}`, trouble.params)}</p>
      {trouble.code !== "kept" && (
        <p class="ok-lab-actions">
          <button type="button" class="ok-button" onClick={exportProgress}>
            {text(strings, "progress.trouble.export")}
          </button>
        </p>
      )}
    </div>
  );
}
