import type { JSX } from "preact";
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
                <span class="ok-values">
                  {Object.entries(finding.values).map(([name, value]) => (
                    <span key={name}>
                      {name} = <b>{value}</b>
                    </span>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
