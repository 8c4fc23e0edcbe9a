import type { JSX } from "preact";
import type { LabErrorData } from "../../lab/errors.ts";
import type { FindingResult } from "../../lab/judge.ts";
import type { Traces } from "../../lab/lease.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { borrowerName } from "./borrowers.ts";
import type { ExperimentSession } from "./experiment-session.ts";
import { LabTrouble } from "./LabTrouble.tsx";
import { withValues } from "./with-values.ts";

interface VerdictPanelProps {
  session: ExperimentSession;
  strings: Strings;
  onAgain(): void;
}

/** Troubles that a machine at its checkpoint does not have. */
const MENDED_BY_CHECKPOINT: ReadonlySet<LabErrorData["code"]> = new Set([
  "busy",
  "timeout",
  "no-prompt",
  "runaway",
  "crashed",
  "disturbed",
  "flood",
  "checkpoint",
]);

/** What the run showed: each finding with the values that settled it, or why there is no verdict. */
export function VerdictPanel({ session, strings, onAgain }: VerdictPanelProps): JSX.Element {
  const verdict = session.verdict.value;
  const error = session.error.value;
  const wiped = session.wiped.value;
  const doubtful = verdict !== undefined && !verdict.ok && session.readerTyped.value;
  const { recording } = session.experiment;
  const again = (
    <button
      type="button"
      class="ok-button"
      disabled={session.elsewhere.value !== undefined}
      onClick={onAgain}
    >
      {text(strings, "lab.again")}
    </button>
  );
  return (
    <div class="ok-verdict">
      <div aria-live="polite">
        {wiped && <p class="ok-note">{wipedText(wiped, strings)}</p>}
        {error && (
          <LabTrouble error={error} strings={strings}>
            {MENDED_BY_CHECKPOINT.has(error.code) && again}
          </LabTrouble>
        )}
        {verdict && (
          <>
            <p class="ok-verdict-head" data-ok={verdict.ok}>
              {text(strings, verdict.ok ? "lab.verdict.holds" : "lab.verdict.fails")}
            </p>
            <Findings session={session} findings={verdict.findings} strings={strings} />
            {doubtful && (
              <div class="ok-trouble">
                <p>{text(strings, "lab.verdict.typed")}</p>
                {again}
              </div>
            )}
          </>
        )}
      </div>
      {!verdict && recording && (
        <details class="ok-output" data-recorded="true">
          <summary>
            {text(strings, "lab.verdict.recorded", {
              date: recording.date,
              machines: recording.machines,
            })}
          </summary>
          <Findings session={session} findings={recording.findings} strings={strings} />
        </details>
      )}
    </div>
  );
}

/** Why the machine went back to its checkpoint before the run. */
function wipedText({ by, reader }: Traces, strings: Strings): string {
  if (!by) return text(strings, "lab.wiped.reader");
  const name = { by: borrowerName(by) };
  return text(strings, reader ? "lab.wiped.both" : "lab.wiped.other", name);
}

function Findings(
  props: Omit<VerdictPanelProps, "onAgain"> & { findings: readonly FindingResult[] },
): JSX.Element {
  const { session, findings, strings } = props;
  return (
    <ul>
      {findings.map((finding, index) => (
        <li key={finding.that} data-ok={finding.ok}>
          <span class="ok-because">
            {text(strings, finding.ok ? "lab.finding.true" : "lab.finding.false")}
            {session.experiment.findings[index]?.because}
          </span>
          <code>{finding.that}</code>
          <code class="ok-values">{withValues(finding)}</code>
          <Uncontrolled
            reason={session.experiment.findings[index]?.uncontrolled}
            strings={strings}
          />
        </li>
      ))}
    </ul>
  );
}

function Uncontrolled(props: { reason: string | undefined; strings: Strings }): JSX.Element | null {
  const { reason, strings } = props;
  if (reason === undefined) return null;
  return <small>{text(strings, "lab.control.none", { reason })}</small>;
}
