import type { JSX } from "preact";
import type { FindingResult } from "../../lab/judge.ts";
import type { ExperimentSession } from "./experiment-session.ts";
import { type Strings, text } from "./strings.ts";
import { withValues } from "./with-values.ts";

interface VerdictPanelProps {
  session: ExperimentSession;
  strings: Strings;
}

/** What the run showed: each finding with the values that settled it, or why there is no verdict. */
export function VerdictPanel({ session, strings }: VerdictPanelProps): JSX.Element {
  const verdict = session.verdict.value;
  const error = session.error.value;
  const { recording } = session.experiment;
  const lines = error && "lastLines" in error.params ? error.params.lastLines : "";
  return (
    <div class="ok-verdict">
      <div aria-live="polite">
        {error && (
          <div class="ok-trouble">
            <p>{text(strings, `lab.error.${error.code}`, error.params)}</p>
            {lines && <pre>{lines}</pre>}
            {error.code === "checkpoint" && <pre>{error.params.output}</pre>}
          </div>
        )}
        {verdict && (
          <>
            <p class="ok-verdict-head" data-ok={verdict.ok}>
              {text(strings, verdict.ok ? "lab.verdict.holds" : "lab.verdict.fails")}
            </p>
            <Findings session={session} findings={verdict.findings} strings={strings} />
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

function Findings(props: VerdictPanelProps & { findings: readonly FindingResult[] }): JSX.Element {
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
        </li>
      ))}
    </ul>
  );
}
