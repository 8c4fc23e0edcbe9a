import type { JSX } from "preact";
import type { FindingResult } from "../../lab/judge.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { ExperimentSession } from "./experiment-session.ts";
import type { ControlText, ExperimentText } from "./experiment-text.ts";
import { LabTrouble } from "./LabTrouble.tsx";
import { withValues } from "./with-values.ts";

interface ControlListProps {
  session: ExperimentSession;
  strings: Strings;
  locked: boolean;
  onRun(id: string): void;
}

/** "And without it?": the same with what it is about taken away, for which its findings must be false. */
export function ControlList(props: ControlListProps): JSX.Element | null {
  const { session, strings } = props;
  const { controls } = session.experiment;
  if (controls.length === 0) return null;
  return (
    <div class="ok-controls" data-pagefind-ignore>
      <p class="ok-controls-head">{text(strings, "lab.control.head")}</p>
      <p class="ok-note ok-control-why">{text(strings, "lab.control.why")}</p>
      {controls.map((control) => (
        <ControlItem key={control.id} control={control} {...props} />
      ))}
    </div>
  );
}

function ControlItem(props: ControlListProps & { control: ControlText }): JSX.Element {
  const { control, session, strings, locked, onRun } = props;
  const state = session.controls.value[control.id];
  const live = state && state !== "running" && "findings" in state ? state : undefined;
  const error = state && state !== "running" && "error" in state ? state.error : undefined;
  const findings = live?.findings ?? control.recorded?.findings;
  return (
    <details class="ok-output ok-control" data-recorded={live === undefined}>
      <summary>{control.without}</summary>
      <Changes experiment={session.experiment} control={control} strings={strings} />
      <div class="ok-lab-actions">
        <button type="button" class="ok-button" disabled={locked} onClick={() => onRun(control.id)}>
          {text(strings, state === "running" ? "lab.running" : "lab.control.run")}
        </button>
      </div>
      <div aria-live="polite">
        {error && <LabTrouble error={error} strings={strings} />}
        {findings && (
          <>
            <p class="ok-note">{toldBy(control, live !== undefined, strings)}</p>
            <ul>
              {findings.map((finding) => (
                <Finding
                  key={finding.that}
                  finding={finding}
                  experiment={session.experiment}
                  strings={strings}
                />
              ))}
            </ul>
          </>
        )}
        {live?.missing.map((name) => (
          <p key={name} class="ok-trouble">
            {text(strings, "lab.control.missing", { name })}
          </p>
        ))}
        {live?.typed && <p class="ok-trouble">{text(strings, "lab.verdict.typed")}</p>}
      </div>
    </details>
  );
}

function toldBy({ recorded }: ControlText, live: boolean, strings: Strings): string {
  if (live) return text(strings, "lab.control.live");
  return text(strings, "lab.control.recorded", { date: recorded?.date ?? "" });
}

function Finding(props: {
  finding: FindingResult;
  experiment: ExperimentText;
  strings: Strings;
}): JSX.Element {
  const { finding, experiment, strings } = props;
  const because = experiment.findings.find(({ that }) => that === finding.that)?.because;
  return (
    <li data-ok={!finding.ok}>
      <span class="ok-because">
        {text(strings, finding.ok ? "lab.control.true" : "lab.finding.false")}
        {because}
      </span>
      <code>{finding.that}</code>
      <code class="ok-values">{withValues(finding)}</code>
    </li>
  );
}

/** The commands that are others, or left out. */
function Changes(props: {
  experiment: ExperimentText;
  control: ControlText;
  strings: Strings;
}): JSX.Element {
  const { strings } = props;
  const { prepared, changed, left } = changesOf(props.experiment, props.control);
  return (
    <ul class="ok-changes">
      {prepared.map((run) => (
        <li key={run}>
          {text(strings, "lab.control.prepared")}
          <code>{run}</code>
        </li>
      ))}
      {changed.map(({ id, was, run, terminal }) => (
        <li key={id}>
          {text(strings, "lab.control.instead")}
          <code>{run}</code>
          {was !== run && was !== undefined && (
            <>
              {text(strings, "lab.control.for")}
              <code>{was}</code>
            </>
          )}
          {terminal !== undefined && text(strings, "lab.control.at", { terminal })}
        </li>
      ))}
      {left.map((run) => (
        <li key={run}>
          {text(strings, "lab.control.left")}
          <code>{run}</code>
        </li>
      ))}
    </ul>
  );
}

/** What a control does otherwise. What it leaves out only to be quick would be noise beside that. */
function changesOf({ checkpoint, steps, terminals }: ExperimentText, control: ControlText) {
  const scene = checkpoint.map(({ run }) => run);
  const other = control.checkpoint?.map(({ run }) => run) ?? scene;
  // Two machines may be given the same command.
  const prepared = [...new Set(other)].filter((run) => !scene.includes(run));
  const changed = steps.flatMap(({ id, run: was }) => {
    const change = control.steps[id];
    const run = change?.run ?? was;
    if (!change || run === undefined || (change.run ?? change.at) === undefined) return [];
    const terminal = terminals.find(({ name }) => name === change.at)?.label;
    return [{ id, was, run, terminal }];
  });
  const gone = scene.filter((run) => !other.includes(run));
  const quiet = prepared.length + changed.length + gone.length > 0;
  const skipped = steps.filter(({ id }) => control.steps[id] === null);
  return { prepared, changed, left: quiet ? gone : skipped.flatMap(({ run }) => run ?? []) };
}
