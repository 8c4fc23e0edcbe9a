import type { JSX } from "preact";
import type { FindingResult } from "../../lab/run.ts";
import type { ExperimentSession } from "./experiment-session.ts";
import { type Strings, text } from "./strings.ts";

/** What the run showed: each finding with the values that settled it, or why there is no verdict. */
export function VerdictPanel(props: { session: ExperimentSession; strings: Strings }): JSX.Element {
  const { session, strings } = props;
  const verdict = session.verdict.value;
  const error = session.error.value;
  return (
    <div class="ok-verdict" aria-live="polite">
      {error && (
        <div class="ok-trouble">
          <p>{text(strings, `lab.error.${error.code}`, error.params)}</p>
          {error.code === "timeout" && <pre>{error.params.lastLines}</pre>}
        </div>
      )}
      {verdict && (
        <>
          <p class="ok-verdict-head" data-ok={verdict.ok}>
            {text(strings, verdict.ok ? "lab.verdict.holds" : "lab.verdict.fails")}
          </p>
          <ul>
            {verdict.findings.map((finding, index) => (
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
        </>
      )}
    </div>
  );
}

/** The relation with the captured values in place of their names. */
function withValues({ that, values }: FindingResult): string {
  // Longer names first: one name may be the beginning of another.
  const names = Object.keys(values).sort((a, b) => b.length - a.length);
  return names.reduce((text, name) => text.replaceAll(name, values[name] ?? name), that);
}
