import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ExperimentSession } from "./experiment-session.ts";
import type { ExperimentText } from "./experiment-text.ts";
import type { StartCost } from "./guest-sizes.ts";
import { MachineBar } from "./MachineBar.tsx";
import { StepList } from "./StepList.tsx";
import { type Strings, text } from "./strings.ts";
import { TerminalPane } from "./TerminalPane.tsx";
import { VerdictPanel } from "./VerdictPanel.tsx";

export interface ExperimentViewProps {
  experiment: ExperimentText;
  strings: Strings;
  /** Path of the folder that holds `manifest.json`, with the site's base and a final slash. */
  guestPath: string;
  /** Bytes a reader downloads before the prompt, by machine; from the manifest at build time. */
  startCost: StartCost;
}

/** An experiment on a page: server-rendered to be read, alive once its script has loaded. */
export function ExperimentView(props: ExperimentViewProps): JSX.Element {
  const { experiment, strings } = props;
  const session = useMemo(() => new ExperimentSession(experiment, props.guestPath), []);
  const alive = useSignal(false);
  const terminals = useRef<HTMLDivElement>(null);
  const machine = session.machine;

  useEffect(() => {
    alive.value = true;
    return session.attach();
  }, []);

  const run = (work: () => Promise<void>) => {
    // What is about to be typed should be seen.
    terminals.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    void work();
  };
  const busy = session.runState.value === "running";
  const locked = !alive.value || busy || session.elsewhere.value;
  return (
    <section
      class="ok-lab not-content"
      aria-labelledby={`${experiment.id}-title`}
      data-experiment={experiment.id}
    >
      <header class="ok-lab-head">
        <p class="ok-lab-kind">{text(strings, "lab.kind")}</p>
        <h3 id={`${experiment.id}-title`}>{experiment.title}</h3>
        <p>{experiment.intent}</p>
      </header>
      <StepList session={session} strings={strings} />
      <div class="ok-lab-actions">
        <button
          type="button"
          class="ok-button ok-primary"
          disabled={locked}
          onClick={() => run(() => session.runAll())}
        >
          {text(strings, busy ? "lab.running" : "lab.run")}
        </button>
        <button
          type="button"
          class="ok-button"
          disabled={locked}
          onClick={() => run(() => session.runNext())}
        >
          {text(strings, "lab.step")}
        </button>
        {busy && (
          <button type="button" class="ok-button" onClick={() => session.stop()}>
            {text(strings, "lab.stop")}
          </button>
        )}
        {session.elsewhere.value && <p class="ok-note">{text(strings, "lab.elsewhere")}</p>}
        <NoScript message={text(strings, "lab.noscript")} />
      </div>
      <MachineBar
        machine={machine}
        alive={alive.value}
        strings={strings}
        startCost={props.startCost}
        onStart={() => void session.start()}
        onBoot={() => void session.boot()}
      />
      <div class="ok-terminals" ref={terminals}>
        {experiment.terminals.map((terminal) => (
          <TerminalPane
            key={terminal.name}
            session={session}
            terminal={terminal}
            strings={strings}
          />
        ))}
      </div>
      <VerdictPanel session={session} strings={strings} />
    </section>
  );
}

/** Where scripts run, browsers keep the inside of `noscript` as text, which Preact must not hydrate. */
function NoScript({ message }: { message: string }): JSX.Element {
  const html = `<p class="ok-note">${message}</p>`;
  return <noscript dangerouslySetInnerHTML={{ __html: html }} />;
}
