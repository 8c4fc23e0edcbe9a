import { scaleLinear } from "d3-scale";
import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";
import { numbersIn } from "./numbers.ts";

/** A part of a bar, in the scale's unit. */
export interface BarPart {
  key: string;
  /** Names its tone: `ok-part-<tone>`. */
  tone: string;
  from: number;
  to: number;
  /** A character that tells it from others without colour. */
  mark?: string | undefined;
}

interface BarProps {
  parts: readonly BarPart[];
  /** Where the scale ends. What is longer is torn off there. */
  domain: number;
  /** What the bar shows, for who cannot see it. */
  label: string;
  thin?: boolean;
}

/** Share of the width that a mark needs. */
const MARK_SHARE = 0.05;
/** Labels of the scale that fit on a phone. */
const TICKS = 4;
/** Ends of the scale at which a label would stand out. */
const EDGE = 0.06;

/** One bar. Its parts are placed by shares of the width, so that text keeps its size. */
export function Bar({ parts, domain, label, thin = false }: BarProps): JSX.Element {
  const x = scaleLinear([0, domain], [0, 1]).clamp(true);
  const torn = parts.some(({ to }) => to > domain);
  return (
    <svg class="ok-bar" role="img" aria-label={label} data-torn={torn} data-thin={thin}>
      {parts.map(({ key, tone, from, to, mark }) => {
        const [start, end] = [x(from), x(to)];
        return (
          <g key={key} class={`ok-part-${tone}`}>
            <rect x={percent(start)} width={percent(end - start)} y="0" height="100%" />
            {mark && end - start >= MARK_SHARE && (
              <text
                x={percent((start + end) / 2)}
                y="50%"
                text-anchor="middle"
                dominant-baseline="central"
              >
                {mark}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

interface ScaleProps {
  domain: number;
  format(value: number): string;
}

/** The scale under a list of bars. The bars' labels have its figures. */
export function Scale({ domain, format }: ScaleProps): JSX.Element {
  const x = scaleLinear([0, domain], [0, 1]);
  return (
    <svg class="ok-scale" aria-hidden="true">
      {x.ticks(TICKS).map((value) => {
        const at = x(value);
        const anchor = at < EDGE ? "start" : at > 1 - EDGE ? "end" : "middle";
        return (
          <g key={value} class="ok-axis">
            <line x1={percent(at)} x2={percent(at)} y1="0" y2="6" />
            <text x={percent(at)} y="20" text-anchor={anchor}>
              {format(value)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

interface TornProps {
  total: number;
  domain: number;
  strings: Strings;
}

/** How far a bar that is torn off would go on. Nothing for one that fits. */
export function Torn({ total, domain, strings }: TornProps): JSX.Element | null {
  if (total <= domain) return null;
  const times = numbersIn(strings).short(total / domain);
  return <p class="ok-torn">{text(strings, "start.torn", { times })}</p>;
}

function percent(share: number): string {
  return `${Math.round(share * 1e5) / 1e3}%`;
}
