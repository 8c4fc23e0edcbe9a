import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";
import { Bar, Scale, Torn } from "./Bars.tsx";
import type { RaceRow } from "./race-rows.ts";
import { costsIn, domainOf, longestOf, type Unit, type Zoom } from "./start-figures.ts";

interface RaceBarsProps {
  rows: readonly RaceRow[];
  unit: Unit;
  zoom: Zoom;
  /** What the running contestant's machine does before it runs. */
  waiting: string;
  strings: Strings;
}

/** A bar for each contestant: the reader's own, with the recorded one below it as a thin line. */
export function RaceBars({ rows, unit, zoom, waiting, strings }: RaceBarsProps): JSX.Element {
  const longest = longestOf(rows, ({ recorded }) => recorded);
  const domain = domainOf(
    rows
      .filter((row) => zoom === "all" || row !== longest)
      .flatMap(({ own, recorded }) => [recorded[unit], own?.[unit] ?? 0]),
  );
  const costs = costsIn(strings);
  return (
    <>
      <ol class="ok-starts">
        {rows.map(({ id, name, own, recorded, running }) => {
          const shown = own ?? (running ? NOTHING : recorded);
          const tag = running ? "race.running" : own ? "start.own" : "start.recorded";
          const bar = (cost: typeof shown, tone: string) => ({
            parts: [{ key: id, tone, from: 0, to: cost[unit] }],
            domain,
            label: `${name}: ${costs.both(cost)}`,
          });
          return (
            <li key={id} class="ok-start" data-own={own !== undefined || running}>
              <p class="ok-start-head">
                <strong>{name}</strong>
                <span class="ok-start-tag">{text(strings, tag)}</span>
                <span class="ok-start-cost">{running && !own ? waiting : costs.both(shown)}</span>
              </p>
              <Bar {...bar(shown, TONES[id])} />
              <Torn total={shown[unit]} domain={domain} strings={strings} />
              {(own || running) && (
                <>
                  <Bar {...bar(recorded, "whole")} thin />
                  <p class="ok-start-note">
                    {text(strings, "race.recorded", { cost: costs.both(recorded) })}
                  </p>
                </>
              )}
            </li>
          );
        })}
      </ol>
      <Scale domain={domain} format={(value) => costs.tick(value, unit)} />
      <p class="ok-scale-unit">{text(strings, `start.axis.${unit}`)}</p>
    </>
  );
}

const NOTHING = { instructions: 0, seconds: 0 };

/** Whole machines in one tone, what shares a kernel in the other. */
const TONES: Record<RaceRow["id"], string> = {
  distribution: "firmware",
  cold: "firmware",
  restored: "protected",
  container: "kernel",
  clone: "kernel",
  process: "programs",
};
