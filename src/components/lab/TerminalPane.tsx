import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Strings, text } from "../../ui/strings.ts";
import { CastPlayer } from "./CastPlayer.tsx";
import type { ExperimentSession } from "./experiment-session.ts";
import type { ExperimentText } from "./experiment-text.ts";
import { TerminalTools } from "./TerminalTools.tsx";
import type { TerminalView } from "./terminal-view.ts";

/** Keys a phone's keyboard lacks, as a terminal sends them. */
const KEYS: [label: string, data: string][] = [
  ["Tab", "\t"],
  ["Esc", "\u001b"],
  ["Ctrl C", "\u0003"],
  ["Ctrl D", "\u0004"],
  ["↑", "\u001b[A"],
  ["↓", "\u001b[B"],
  ["←", "\u001b[D"],
  ["→", "\u001b[C"],
];

interface TerminalPaneProps {
  session: ExperimentSession;
  terminal: ExperimentText["terminals"][number];
  strings: Strings;
}

/** The place on the page where one of the machine's terminals is shown. */
export function TerminalPane({ session, terminal, strings }: TerminalPaneProps): JSX.Element {
  const { experiment } = session;
  const machine = session.machine(terminal.machine);
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<TerminalView | undefined>(undefined);
  const state = machine.state.value;
  const here = machine.shownBy.value === experiment.id && !machine.unbuilt.value;
  const elsewhere = machine.shownBy.value !== undefined && machine.shownBy.value !== experiment.id;
  const live = here && state !== "idle" && state !== "failed" && state !== "downloading";

  const playing = here || !session.playing.value ? undefined : recordingOf(session, terminal.name);

  useEffect(() => {
    if (!here) return;
    // A script that is not to be had has been told of by whoever brought the terminals here.
    void machine.terminal(terminal.port).then((shown) => {
      view.current = shown;
      if (place.current && machine.shownBy.value === experiment.id)
        shown.moveTo(place.current, text(strings, "terminal.label", { name: terminal.label }));
    }, ignore);
  }, [here]);

  const type = (data: string) => {
    machine.type(terminal.port, data);
    view.current?.focus();
  };
  return (
    <div class="ok-terminal" data-live={live}>
      <div class="ok-terminal-head">
        <span class="ok-terminal-name">
          {text(strings, playing ? "terminal.recording" : "terminal.name", {
            name: terminal.label,
          })}
        </span>
        <TerminalTools view={view} live={live} strings={strings} />
      </div>
      <div class="ok-terminal-frame">
        {/* Owned by xterm.js from here on: Preact must never put children into it. */}
        <div class="ok-terminal-place" ref={place} hidden={!here} />
        {playing && (
          <CastPlayer
            url={playing}
            label={text(strings, "terminal.recording", { name: terminal.label })}
            strings={strings}
          />
        )}
        {!here && !playing && (
          <p class="ok-terminal-empty">
            {text(strings, elsewhere ? "terminal.elsewhere" : "terminal.empty")}
            {elsewhere && (
              <button type="button" class="ok-button" onClick={() => void session.bring()}>
                {text(strings, "terminal.bring")}
              </button>
            )}
          </p>
        )}
      </div>
      {live && (
        <div class="ok-keys">
          {KEYS.map(([label, data]) => (
            <button key={label} type="button" class="ok-key" onClick={() => type(data)}>
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function recordingOf({ experiment }: ExperimentSession, terminal: string): string | undefined {
  return experiment.recording?.casts[terminal];
}

function ignore(): void {}
