import { scaleLinear } from "d3-scale";
import { area, curveStepBefore } from "d3-shape";
import type { JSX } from "preact";
import {
  addedSince,
  perSecond,
  ratesOf,
  sumOf,
  type TrapSample,
} from "../../lab/instruments/trap-counter.ts";
import type { DeviceTraps } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { numbersIn } from "./numbers.ts";

interface TrapBarsProps {
  samples: readonly TrapSample[];
  live: boolean;
  strings: Strings;
  /** Seconds that the curves show, at most. */
  window: number;
}

/** Bars are drawn in per cent of the longest, and stretched to the place they have. */
const BAR = { width: 100, height: 10, inset: 0.5, inside: 9 };
const CURVE = { width: 100, height: 24 };

/** All accesses so far as a figure, and a bar for each device, the longest first. */
export function TrapBars({ samples, live, strings, window }: TrapBarsProps): JSX.Element {
  const { plain } = numbersIn(strings);
  const traps = addedSince([], samples.at(-1)?.traps ?? []);
  const total = plain(sumOf(traps));
  const rate = plain(Math.round(perSecond(samples)));
  const kind = live ? "live" : "boot";
  const since = text(strings, `trap-counter.since.${kind}`);
  const most = Math.max(1, ...traps.map((one) => sumOf([one])));
  const x = scaleLinear([0, most], [0, BAR.width]);
  const first = traps
    .slice(0, 3)
    .map((one) => `${text(strings, `device.${one.device}`)} ${plain(sumOf([one]))}`);
  const label = text(strings, "trap-counter.alt", {
    total,
    since,
    devices: first.join(text(strings, "trap-counter.comma")),
  });
  return (
    <div class="ok-traps" role="img" aria-label={label}>
      <p class="ok-traps-total">
        <strong>{total}</strong> {text(strings, `trap-counter.total.${kind}`, { since, rate })}
      </p>
      <div class="ok-traps-rows">
        {traps.map((one) => (
          <div key={one.device} class="ok-traps-row" data-device={one.device}>
            <span class="ok-traps-name">{text(strings, `device.${one.device}`)}</span>
            <span class="ok-traps-count">{plain(sumOf([one]))}</span>
            <svg
              class="ok-traps-bar"
              viewBox={`0 0 ${BAR.width} ${BAR.height}`}
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <rect class="ok-traps-reads" y={BAR.inset} width={x(one.reads)} height={BAR.inside} />
              <rect
                class="ok-traps-writes"
                x={x(one.reads)}
                y={BAR.inset}
                width={x(one.writes)}
                height={BAR.inside}
              />
            </svg>
            <Curve samples={samples} device={one.device} window={window} />
            <span class="ok-traps-rate">
              {text(strings, "trap-counter.rate", {
                rate: plain(Math.round(perSecond(samples, one.device))),
              })}
            </span>
          </div>
        ))}
      </div>
      <ul class="ok-legend">
        <li class="ok-traps-reads">{text(strings, "trap-counter.reads")}</li>
        <li class="ok-traps-writes">{text(strings, "trap-counter.writes")}</li>
        <li class="ok-traps-curve">
          {text(strings, `trap-counter.curve.${kind}`, { seconds: window })}
        </li>
      </ul>
    </div>
  );
}

interface CurveProps {
  samples: readonly TrapSample[];
  device: DeviceTraps["device"];
  window: number;
}

/** Accesses per second, each device's to its own scale. */
function Curve({ samples, device, window }: CurveProps): JSX.Element {
  const rates = ratesOf(samples, device);
  const end = samples.at(-1)?.at ?? 0;
  const x = scaleLinear([end - Math.min(window, Math.max(end, 1)), end], [0, CURVE.width]);
  const top = Math.max(1, ...rates.map((point) => point.perSecond));
  const y = scaleLinear([0, top], [CURVE.height, 1]);
  const path = area<(typeof rates)[number]>()
    .x(({ at }) => x(at))
    .y0(CURVE.height)
    .y1((point) => y(point.perSecond))
    .curve(curveStepBefore)(rates);
  return (
    <svg
      class="ok-traps-curve"
      viewBox={`0 0 ${CURVE.width} ${CURVE.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path ?? ""} />
    </svg>
  );
}
