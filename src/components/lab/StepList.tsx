import type { JSX } from "preact";
import type { Problem } from "../../lab/run.ts";
import type { ExperimentSession, StepState } from "./experiment-session.ts";
import { type Strings, text } from "./strings.ts";

/** The commands in order, each with why, and how it went. */
export function StepList(props: { session: ExperimentSession; strings: Strings }): JSX.Element {
  const { session, strings } = props;
  return (
    <ol class="ok-steps">
      {session.experiment.steps.map((step, index) => {
        const state = session.steps.value[index];
        return (
          <li key={step.id} class="ok-step" data-state={stateName(state)}>
            <p class="ok-step-command">
              <span class="ok-where">{step.atLabel}</span>
              <StepMark state={state} strings={strings} />
              <code>{step.run}</code>
            </p>
            <p>{step.explain}</p>
            {state !== undefined && state !== "running" && !state.ok && (
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

function stateName(state: StepState): string {
  if (state === undefined) return "waiting";
  if (state === "running") return "running";
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
