import type { JSX } from "preact";
import { stages } from "../../lab/instruments/boot-timeline.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { Bar, Scale, Torn } from "./Bars.tsx";
import type { BootRow } from "./boot-rows.ts";
import { costsIn, domainOf, longestOf, type Unit, type Zoom } from "./start-figures.ts";

interface BootBarsProps {
  rows: readonly BootRow[];
  unit: Unit;
  zoom: Zoom;
  strings: Strings;
}

/** All starts on one scale. */
export function BootBars({ rows, unit, zoom, strings }: BootBarsProps): JSX.Element {
  const recorded = rows.filter(({ own }) => !own);
  const longest = longestOf(recorded, ({ total }) => total);
  const fitting = rows.filter((row) => zoom === "all" || row !== longest);
  const domain = domainOf(fitting.map(({ total }) => total[unit]));
  const { tick } = costsIn(strings);
  return (
    <>
      <ol class="ok-starts">
        {rows.map((row) => (
          <BootBar key={row.key} row={row} unit={unit} domain={domain} strings={strings} />
        ))}
      </ol>
      <Scale domain={domain} format={(value) => tick(value, unit)} />
      <p class="ok-scale-unit">{text(strings, `start.axis.${unit}`)}</p>
    </>
  );
}

interface BootBarProps {
  row: BootRow;
  unit: Unit;
  domain: number;
  strings: Strings;
}

function BootBar({ row, unit, domain, strings }: BootBarProps): JSX.Element {
  const { name, own, segments, total, note } = row;
  const costs = costsIn(strings);
  const parts = segments.map(({ stage, from, to }) => ({
    key: stage,
    tone: stage,
    from: from[unit],
    to: to[unit],
    mark: stage === "whole" ? undefined : String(stages.indexOf(stage) + 1),
    name: text(strings, `boot-timeline.stage.${stage}`),
    cost: costs.stage(from, to, unit),
  }));
  const label = [
    `${name}: ${costs.both(total)}`,
    ...parts.map((part) => `${part.name} ${part.cost}`),
  ].join("; ");
  return (
    <li class="ok-start" data-own={own}>
      <p class="ok-start-head">
        <strong>{name}</strong>
        <span class="ok-start-tag">{text(strings, own ? "start.own" : "start.recorded")}</span>
        <span class="ok-start-cost">{costs.both(total)}</span>
      </p>
      <Bar parts={parts} domain={domain} label={label} />
      <Torn total={total[unit]} domain={domain} strings={strings} />
      {segments.some(({ stage }) => stage !== "whole") && (
        <ul class="ok-stages">
          {parts.map((part) => (
            <li key={part.key} class={`ok-part-${part.tone}`}>
              <span class="ok-stage-mark" aria-hidden="true">
                {part.mark}
              </span>
              {part.name} <b>{part.cost}</b>
            </li>
          ))}
        </ul>
      )}
      {note && <p class="ok-start-note">{note}</p>}
    </li>
  );
}
