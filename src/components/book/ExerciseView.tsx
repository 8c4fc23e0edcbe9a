import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { checkExercise, prepareExercise } from "../../lab/check-exercise.ts";
import type { Shell } from "../../lab/shell.ts";
import type { Language } from "../../lab/step.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { quietly } from "../instruments/quiet-terminal.ts";
import { troubleText } from "../instruments/trouble.ts";
import { nameBorrower } from "../lab/borrowers.ts";
import { pageMachine } from "../lab/page-machine.ts";
import { progressStore } from "../lab/progress-store.ts";

export interface ExerciseViewProps {
  id: string;
  /** Id of the machine it is done on. */
  machine: string;
  /** These and the rest in the page's language. The answer is not among them. */
  task: string;
  hint: string;
  /** Commands that break the machine first, if it is to be broken. */
  prepare?: string[];
  checks: { run: string; means: string }[];
  because: string;
  lang: Language;
  /** Path of the folder that holds `manifest.json`, with the site's base and a final slash. */
  guestPath: string;
}

type Outcome = "unchecked" | "preparing" | "checking" | { trouble: string } | boolean[];

/** A task for the reader's own hands, and a button that has the machine look whether it is done. */
export function ExerciseView(props: ExerciseViewProps): JSX.Element {
  const { id, checks } = props;
  const strings = words(props.lang);
  const machine = useMemo(() => pageMachine(props.machine, props.guestPath), []);
  const alive = useSignal(false);
  const prepared = useSignal(false);
  const outcome = useSignal<Outcome>("unchecked");
  const key = `exercise:${id}`;
  useEffect(() => {
    progressStore.open();
    alive.value = true;
    nameBorrower({ kind: "exercise", id }, text(strings, "exercise.kind"));
    const release = machine.use();
    // Whatever takes the machine back to its prompt mends it.
    const unsubscribe = machine.port.subscribe((event) => {
      if (event.type === "power-on") prepared.value = false;
    });
    return () => {
      unsubscribe();
      release();
    };
  }, []);

  const check = async () => {
    outcome.value = "checking";
    const commands = checks.map(({ run }) => run);
    try {
      const check = (shell: Shell, signal: AbortSignal) => checkExercise(commands, shell, signal);
      const results = await quietly(machine, { kind: "exercise", id }, check);
      outcome.value = results;
      progressStore.judged(key, results.every(Boolean));
    } catch (thrown) {
      outcome.value = { trouble: troubleText(thrown, strings) };
    }
  };
  const prepare = async (commands: string[]) => {
    outcome.value = "preparing";
    try {
      const work = (shell: Shell, signal: AbortSignal) => prepareExercise(commands, shell, signal);
      await quietly(machine, { kind: "exercise", id }, work, undefined, true);
      prepared.value = true;
      outcome.value = "unchecked";
    } catch (thrown) {
      outcome.value = { trouble: troubleText(thrown, strings) };
    }
  };
  const busy = outcome.value === "checking" || outcome.value === "preparing";
  const unprepared = props.prepare !== undefined && !prepared.value;
  const ready = alive.value && machine.state.value === "ready";
  const results = Array.isArray(outcome.value) ? outcome.value : undefined;
  const trouble =
    typeof outcome.value === "object" && "trouble" in outcome.value && outcome.value.trouble;
  const done = results?.every(Boolean) ?? false;
  const before = alive.value && progressStore.experience(key).verdict?.ok === true;
  return (
    <div class="ok-lab ok-exercise not-content" data-exercise={id} data-done={done}>
      <p class="ok-lab-kind">{text(strings, "exercise.kind")}</p>
      <p>{props.task}</p>
      <div class="ok-lab-actions">
        {props.prepare && (
          <button
            type="button"
            class="ok-button"
            disabled={!ready || busy}
            onClick={() => void prepare(props.prepare ?? [])}
          >
            {text(
              strings,
              outcome.value === "preparing" ? "exercise.preparing" : "exercise.prepare",
            )}
          </button>
        )}
        <button
          type="button"
          class="ok-button"
          disabled={!ready || busy || unprepared}
          onClick={() => void check()}
        >
          {text(strings, outcome.value === "checking" ? "exercise.checking" : "exercise.check")}
        </button>
        {!ready && <p class="ok-note">{text(strings, "exercise.start")}</p>}
        {ready && props.prepare && outcome.value !== "preparing" && (
          <p class="ok-note" role="status">
            {text(strings, unprepared ? "exercise.unprepared" : "exercise.prepared")}
          </p>
        )}
        {before && !results && <p class="ok-note">{text(strings, "exercise.before")}</p>}
      </div>
      <div role="status">
        {trouble && <p class="ok-trouble">{trouble}</p>}
        {results && (
          <ul class="ok-checks">
            {checks.map(({ means: meaning }, index) => (
              <li key={meaning} data-ok={results[index]}>
                {text(strings, results[index] ? "exercise.yes" : "exercise.no", { meaning })}
              </li>
            ))}
          </ul>
        )}
        {done && <p>{props.because}</p>}
      </div>
      <details>
        <summary>{text(strings, "exercise.hint")}</summary>
        <p>{props.hint}</p>
      </details>
    </div>
  );
}
