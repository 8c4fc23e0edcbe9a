import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { QUIET_TERMINAL } from "../../lab/instruments/instrument.ts";
import {
  type Compared,
  compare,
  type TrapData,
  type TrapSample,
  TrapSampler,
} from "../../lab/instruments/trap-counter.ts";
import type { Borrower } from "../../lab/lease.ts";
import { INTERRUPT, type Shell } from "../../lab/shell.ts";
import { text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { useTask } from "../machine/use-task.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { quietly } from "./quiet-terminal.ts";
import { TrapBars } from "./TrapBars.tsx";
import { TrapComparison } from "./TrapComparison.tsx";
import { trapTable } from "./trap-table.ts";
import { useMachine } from "./use-machine.ts";

/** Seconds that the rates' curves show. */
const WINDOW_SECONDS = 15;
/** Seconds that one program of the comparison may take. */
const LIMIT_SECONDS = 60;

const WHO: Borrower = { kind: "instrument", id: "trap-counter" };

/** What the guest reaches for outside its memory, so that the emulator must act; by device. */
export function TrapCounterView(props: InstrumentProps<TrapData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place);
  const { machine } = attached;
  const samples = useSignal<TrapSample[]>([]);
  const measured = useSignal<Compared[]>([]);
  const task = useTask(attached, strings);

  useEffect(() => {
    const sampler = new TrapSampler();
    return attached.reading.subscribe((reading) => {
      if (!reading) {
        samples.value = [];
        return;
      }
      const { sample, anew } = sampler.push(reading);
      const kept = anew ? [] : samples.value.filter(({ at }) => at > sample.at - WINDOW_SECONDS);
      samples.value = [...kept, sample];
    });
  }, []);

  const state = attached.state.value;
  const live = samples.value.length > 0;
  const shown = live ? samples.value : recorded.data.boot;
  const here = measured.value.length > 0;
  const comparison = here ? measured.value : recorded.data.comparison;
  const forget = () => {
    measured.value = [];
  };
  const start = () =>
    task.run(async (signal) => {
      forget();
      // Half a comparison says nothing.
      signal.addEventListener("abort", forget);
      const told = (one: Compared) => {
        if (!signal.aborted) measured.value = [...measured.value, one];
      };
      try {
        const work = (shell: Shell, signal: AbortSignal) =>
          compare(shell, told, LIMIT_SECONDS, signal);
        await quietly(machine, WHO, work, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        forget();
        machine.port.input(QUIET_TERMINAL, INTERRUPT);
        throw thrown;
      }
    });
  const busy = task.busy.value;
  const ready = state === "ready" && !busy && machine.borrower.value === undefined;
  return (
    <Frame
      {...props}
      id="trap-counter"
      place={place}
      attached={attached}
      live={live}
      trouble={task.trouble.value}
      table={trapTable(shown, comparison, strings)}
      tools={
        <button
          type="button"
          class="ok-button"
          disabled={!ready}
          aria-busy={busy}
          onClick={() => void start()}
        >
          {text(strings, `trap-counter.${busy ? "comparing" : "compare"}`)}
        </button>
      }
    >
      <TrapBars samples={shown} live={live} strings={strings} window={WINDOW_SECONDS} />
      <TrapComparison comparison={comparison} here={here} strings={strings} />
    </Frame>
  );
}
