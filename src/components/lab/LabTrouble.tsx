import type { ComponentChildren, JSX } from "preact";
import type { LabErrorData } from "../../lab/errors.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { borrowerName } from "./borrowers.ts";

interface LabTroubleProps {
  error: LabErrorData;
  strings: Strings;
  /** What mends it, if not a reload. */
  children?: ComponentChildren;
}

/** Why a run has no verdict, with what its program had printed last. */
export function LabTrouble({ error, strings, children }: LabTroubleProps): JSX.Element {
  const lines = "lastLines" in error.params ? error.params.lastLines : "";
  return (
    <div class="ok-trouble">
      <p>{text(strings, `lab.error.${error.code}`, errorParams(error, strings))}</p>
      {children}
      {error.code === "stale" && (
        <button type="button" class="ok-button" onClick={() => location.reload()}>
          {text(strings, "lab.reload")}
        </button>
      )}
      {lines && <pre>{lines}</pre>}
      {error.code === "checkpoint" && <pre>{error.params.output}</pre>}
    </div>
  );
}

/** What fills the sentence: ids of borrowers as the reader calls them, states in words. */
function errorParams({ params }: LabErrorData, strings: Strings): Record<string, string | number> {
  const named: Record<string, string | number> = { ...params };
  if ("kind" in params) named.by = borrowerName({ kind: params.kind, id: params.by });
  if ("state" in params) named.state = text(strings, `machine.word.${params.state}`);
  return named;
}
