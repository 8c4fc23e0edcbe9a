import type { JSX } from "preact";
import type { Problem, StepResult } from "../../lab/judge.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { ExperimentSession, StepState } from "./experiment-session.ts";
import type { StepText } from "./experiment-text.ts";
import { Prediction } from "./Prediction.tsx";

interface StepListProps {
  session: ExperimentSession;
  alive: boolean;
  strings: Strings;
}

/** The commands in order, each with why, what it printed, and how it went. */
export function StepList({ session, alive, strings }: StepListProps): JSX.Element {
  const { terminals } = session.experiment;
  const labelOf = (at: string) => terminals.find(({ name }) => name === at)?.label ?? at;
  return (
    <ol class="ok-steps">
      {session.experiment.steps.map((step, index) => {
        const state = session.steps.value[index];
        return (
          <li key={step.id} class="ok-step" data-step={step.id} data-state={stateName(state)}>
            <p class="ok-step-command">
              <span class="ok-where">{labelOf(step.at)}</span>
              <StepMark state={state} strings={strings} />
              {step.run === undefined ? (
                <span class="ok-power">{text(strings, `lab.power.${step.power}`)}</span>
              ) : (
                <code>{step.run}</code>
              )}
            </p>
            <p class="ok-explain">{step.explain}</p>
            <Prediction
              session={session}
              step={step}
              state={state}
              alive={alive}
              strings={strings}
            />
            <StepOutput session={session} step={step} state={state} strings={strings} />
            {isResult(state) && !state.ok && (
              <ul class="ok-problems">
                {state.problems.map((problem) => (
                  <li key={JSON.stringify(problem)}>{problemText(problem, strings)}</li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface StepOutputProps {
  session: ExperimentSession;
  step: StepText;
  state: StepState;
  strings: Strings;
}

/** What the command printed: in this run, or when it was recorded. Closed where it would answer a question. */
function StepOutput({ session, step, state, strings }: StepOutputProps): JSX.Element | null {
  const recorded = session.experiment.recording?.steps[step.id];
  if (isResult(state)) {
    if (step.run === undefined)
      return <Instructions count={state.instructions} strings={strings} />;
    return <Printed label={text(strings, "lab.output.live")} output={state.output} open={false} />;
  }
  if (!recorded || !session.experiment.recording || step.run === undefined) return null;
  const { date } = session.experiment.recording;
  const label = text(strings, step.predict ? "lab.output.answer" : "lab.output.recorded", { date });
  return <Printed label={label} output={recorded.output} open={!step.predict} recorded />;
}

function Instructions({ count, strings }: { count: number; strings: Strings }): JSX.Element {
  return <p class="ok-note">{text(strings, "lab.output.instructions", { instructions: count })}</p>;
}

interface PrintedProps {
  label: string;
  output: string;
  open: boolean;
  recorded?: boolean;
}

function Printed({ label, output, open, recorded = false }: PrintedProps): JSX.Element | null {
  if (output === "") return null;
  return (
    <details class="ok-output" open={open} data-recorded={recorded}>
      <summary>{label}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{output}</pre>
    </details>
  );
}

export function isResult(state: StepState): state is StepResult {
  return state !== undefined && state !== "running";
}

function stateName(state: StepState): string {
  if (!isResult(state)) return state ?? "waiting";
  return state.ok ? "ok" : "failed";
}

function StepMark({ state, strings }: { state: StepState; strings: Strings }): JSX.Element | null {
  const name = stateName(state);
  return name === "waiting" ? null : (
    <span class="ok-step-mark">{text(strings, `lab.step.${name}`)}</span>
  );
}

function problemText(problem: Problem, strings: Strings): string {
  return text(strings, `lab.problem.${problem.code}`, problem.params);
}
