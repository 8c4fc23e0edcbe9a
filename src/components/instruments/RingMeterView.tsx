import { useSignal } from "@preact/signals";
import { type ScaleLinear, scaleLinear } from "d3-scale";
import { area, stack, stackOrderNone } from "d3-shape";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import {
  type RingData,
  type RingSample,
  RingSampler,
  ringShares,
  WORKLOAD_SECONDS,
  type Workload,
  workloads,
} from "../../lab/instruments/ring-meter.ts";
import type { Borrower } from "../../lab/lease.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { useTask } from "../machine/use-task.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { numbersIn } from "./numbers.ts";
import { runQuietly } from "./quiet-terminal.ts";
import { useMachine } from "./use-machine.ts";

/** Seconds that the picture shows. */
const WINDOW_SECONDS = 15;
const WIDTH = 640;
const HEIGHT = 180;
const LEFT = 44;
const BOTTOM = 24;
/** Half a line, for the uppermost label. */
const TOP = 9;

/** From the bottom of the picture up; the order of the legend, too. */
const MODES = ["kernel", "user", "halted"] as const;

const WHO: Borrower = { kind: "instrument", id: "ring-meter" };

/** Ring 0, ring 3 or halted: where the guest's CPU spends its time. */
export function RingMeterView(props: InstrumentProps<RingData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place);
  const { machine } = attached;
  const samples = useSignal<RingSample[]>([]);
  const task = useTask(attached, strings);

  useEffect(() => {
    let sampler = new RingSampler();
    return attached.reading.subscribe((reading) => {
      if (!reading) {
        sampler = new RingSampler();
        samples.value = [];
        return;
      }
      const sample = sampler.push(reading);
      if (!sample) return;
      const kept = samples.value.filter(({ at }) => at <= sample.at);
      samples.value = [...kept, sample].filter(({ at }) => at > sample.at - 2 * WINDOW_SECONDS);
    });
  }, []);

  const live = samples.value.length > 0;
  const shown = live ? samples.value : recorded.data.samples;
  const phases = live ? [] : recorded.data.phases;
  const work = (workload: Workload) =>
    task.run(async (signal) => {
      const command = workloads[workload];
      if (command) await runQuietly(machine, WHO, command, signal);
    });
  const ready = attached.state.value === "ready" && !task.busy.value;
  return (
    <Frame
      {...props}
      id="ring-meter"
      place={place}
      attached={attached}
      live={live}
      trouble={task.trouble.value}
      table={tableOf(shown, strings)}
      tools={(["user", "kernel"] as const).map((workload) => (
        <button
          key={workload}
          type="button"
          class="ok-button"
          disabled={!ready}
          onClick={() => void work(workload)}
        >
          {text(strings, `ring-meter.run.${workload}`, { seconds: WORKLOAD_SECONDS })}
        </button>
      ))}
    >
      <Rings samples={shown} phases={phases} strings={strings} />
    </Frame>
  );
}

interface RingsProps {
  samples: readonly RingSample[];
  phases: RingData["phases"];
  strings: Strings;
}

/** Shares of each sample, one above the other, over time. */
function Rings({ samples, phases, strings }: RingsProps): JSX.Element {
  const last = samples.at(-1)?.at ?? 0;
  const x = scaleLinear([Math.min(0, last - WINDOW_SECONDS), last], [LEFT, WIDTH]).clamp(true);
  if (last > WINDOW_SECONDS) x.domain([last - WINDOW_SECONDS, last]);
  const y = scaleLinear([0, 1], [HEIGHT - BOTTOM, TOP]);
  const numbers = numbersIn(strings);
  const shares = ringShares(samples);
  const bands = useMemo(() => bandsOf(samples), [samples]);
  const label = text(strings, "ring-meter.alt", {
    kernel: numbers.percent(shares.kernel),
    user: numbers.percent(shares.user),
    halted: numbers.percent(shares.halted),
  });
  return (
    <>
      <svg class="ok-wide" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {bands.map((band) => (
          <path
            key={band.key}
            class={`ok-ring-${band.key}`}
            d={
              area<(typeof band)[number]>()
                .x((point) => x(point.data.at))
                .y0(([from]) => y(from))
                .y1(([, to]) => y(to))(band) ?? ""
            }
          />
        ))}
        {[0, 0.5, 1].map((share) => (
          <g key={share} class="ok-axis">
            <line x1={LEFT} x2={WIDTH} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share)} text-anchor="end" dominant-baseline="central">
              {numbers.percent(share)}
            </text>
          </g>
        ))}
        {ticksOf(x).map((second) => (
          <text key={second} class="ok-axis" x={x(second)} y={HEIGHT - 6} text-anchor="middle">
            {text(strings, "instrument.seconds", { seconds: second })}
          </text>
        ))}
        {phases.map(({ workload, from, to }) => (
          <g key={from} class="ok-phase">
            <line x1={x(from)} x2={x(from)} y1={y(0)} y2={y(1)} />
            <text x={(x(from) + x(to)) / 2} y={y(0.5)} text-anchor="middle">
              {text(strings, `ring-meter.phase.${workload}`)}
            </text>
          </g>
        ))}
      </svg>
      <ul class="ok-legend">
        {MODES.map((mode) => (
          <li key={mode} class={`ok-ring-${mode}`}>
            {text(strings, `ring-meter.${mode}`)} <strong>{numbers.percent(shares[mode])}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whole seconds to write below the picture; the window may begin before the first sample. */
function ticksOf(x: ScaleLinear<number, number>): number[] {
  return x.ticks(6).filter((second) => second >= 0);
}

/** The samples' shares as d3-shape stacks them: one series for each mode. */
function bandsOf(samples: readonly RingSample[]) {
  const points = samples.map((sample) => ({ at: sample.at, ...ringShares([sample]) }));
  return stack<unknown, (typeof points)[number], (typeof MODES)[number]>()
    .keys(MODES)
    .value((point, key) => point[key])
    .order(stackOrderNone)(points);
}

function tableOf(samples: readonly RingSample[], strings: Strings) {
  const { percent, plain } = numbersIn(strings);
  const shares = ringShares(samples);
  const times = { kernel: "kernelMs", user: "userMs", halted: "haltedMs" } as const;
  return {
    head: ["mode", "share", "ms"].map((key) => text(strings, `ring-meter.head.${key}`)),
    rows: MODES.map((mode) => [
      text(strings, `ring-meter.${mode}`),
      percent(shares[mode]),
      plain(Math.round(samples.reduce((sum, sample) => sum + sample[times[mode]], 0))),
    ]),
  };
}
