import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Language } from "../../lab/step.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { borrowerName } from "./borrowers.ts";
import { Consent, useWilling } from "./Consent.tsx";
import { ControlList } from "./ControlList.tsx";
import { experimentOf } from "./experiment-data.ts";
import { ExperimentSession } from "./experiment-session.ts";
import type { MachineFacts } from "./guest-sizes.ts";
import { MachineBar } from "./MachineBar.tsx";
import { scrolling } from "./motion.ts";
import { Notes } from "./Notes.tsx";
import { pageMachine } from "./page-machine.ts";
import { StepList } from "./StepList.tsx";
import { TerminalPane } from "./TerminalPane.tsx";
import { VerdictPanel } from "./VerdictPanel.tsx";

export interface ExperimentViewProps {
  /** Folder name of the experiment, whose texts are the page's: `experimentOf`. */
  id: string;
  heading: "h2" | "h3";
  lang: Language;
  /** Path of the folder that holds `manifest.json`, with the site's base and a final slash. */
  guestPath: string;
  /** What to say of each machine before it is started; from the manifest at build time. */
  facts: Record<string, MachineFacts>;
}

/** An experiment on a page: server-rendered to be read, alive once its script has loaded. */
export function ExperimentView(props: ExperimentViewProps): JSX.Element {
  const { heading: Heading } = props;
  const strings = words(props.lang);
  const experiment = useMemo(() => experimentOf(props.id, props.lang), []);
  const session = useMemo(() => {
    const machines = experiment.machines.map((id) => pageMachine(id, props.guestPath));
    return new ExperimentSession(experiment, machines);
  }, []);
  const alive = useSignal(false);
  const terminals = useRef<HTMLDivElement>(null);

  useEffect(() => {
    alive.value = true;
    return session.attach();
  }, []);

  const show = () => {
    // What is about to be typed should be seen; xterm.js draws only what is on the screen.
    terminals.current?.scrollIntoView({ block: "nearest", behavior: scrolling() });
  };
  const { asked, willing } = useWilling(props.facts, props.guestPath);
  const run = (work: () => Promise<void>) =>
    willing(session.machines, () => {
      show();
      void work();
    });
  const on = session.machines.some(
    ({ shownBy, unbuilt }) => shownBy.value === experiment.id && !unbuilt.value,
  );
  const busy = session.runState.value === "running";
  const elsewhere = session.elsewhere.value;
  const locked = !alive.value || busy || elsewhere !== undefined;
  return (
    <section
      class="ok-lab not-content"
      aria-labelledby={`${experiment.id}-title`}
      data-experiment={experiment.id}
    >
      <header class="ok-lab-head">
        <p class="ok-lab-kind">{text(strings, "lab.kind")}</p>
        <Heading id={`${experiment.id}-title`}>{experiment.title}</Heading>
        <p>{experiment.intent}</p>
      </header>
      <StepList session={session} alive={alive.value} strings={strings} />
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
        {on && (
          <button
            type="button"
            class="ok-button"
            disabled={!alive.value || elsewhere !== undefined}
            onClick={() => run(() => session.resetToCheckpoint())}
          >
            {text(strings, "lab.checkpoint")}
          </button>
        )}
        {!on && Object.keys(experiment.recording?.casts ?? {}).length > 0 && (
          <button
            type="button"
            class="ok-button"
            disabled={!alive.value}
            aria-pressed={session.playing.value}
            onClick={() => {
              show();
              session.togglePlayback();
            }}
          >
            {text(strings, session.playing.value ? "lab.play.stop" : "lab.play")}
          </button>
        )}
        {alive.value && elsewhere && (
          <p class="ok-note">{text(strings, "lab.elsewhere", { by: borrowerName(elsewhere) })}</p>
        )}
        <NoScript message={text(strings, "lab.noscript")} />
      </div>
      {session.machines.map((machine) => (
        <MachineBar
          key={machine.port.id}
          machine={machine}
          alive={alive.value}
          strings={strings}
          facts={factsOf(props.facts, machine.port.id)}
          named={session.machines.length > 1}
          onStart={() => willing([machine], () => void session.start(machine))}
          onBoot={() => willing([machine], () => void session.boot(machine), "boot")}
        />
      ))}
      <div class="ok-terminals" data-machines={session.machines.length} ref={terminals}>
        {experiment.terminals.map((terminal) => (
          <TerminalPane
            key={terminal.name}
            session={session}
            terminal={terminal}
            strings={strings}
          />
        ))}
      </div>
      <VerdictPanel
        session={session}
        strings={strings}
        onAgain={() => run(() => session.runAgain())}
      />
      <ControlList
        session={session}
        strings={strings}
        locked={locked}
        onRun={(id) => run(() => session.runControl(id))}
      />
      <Consent asked={asked} strings={strings} />
      <Notes id={experiment.id} alive={alive.value} lang={props.lang} />
    </section>
  );
}

function factsOf(facts: Record<string, MachineFacts>, id: string): MachineFacts {
  const found = facts[id];
  if (!found) throw new Error(`nothing is known of the machine ${id}`);
  return found;
}

/** Where scripts run, browsers keep the inside of `noscript` as text, which Preact must not hydrate. */
function NoScript({ message }: { message: string }): JSX.Element {
  const html = `<p class="ok-note">${message}</p>`;
  return <noscript dangerouslySetInnerHTML={{ __html: html }} />;
}
