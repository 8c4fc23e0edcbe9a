import type { JSX } from "preact";
import { type Strings, text } from "../../ui/strings.ts";
import { Bar, Scale } from "./Bars.tsx";
import { DataTable } from "./DataTable.tsx";
import { numbersIn } from "./numbers.ts";
import { domainOf } from "./start-figures.ts";

/** One published figure, in the page's language. */
export interface RealFigure {
  id: string;
  name: string;
  /** On what it was measured. */
  on: string;
  milliseconds: number;
  bound: "measured" | "about" | "at-most";
  /** Who vouches for it. */
  standing: "reviewed" | "primary" | "vendor" | "secondary";
  /** Short name of its source, and where that is on the page of references. */
  source: string;
  href: string;
}

interface RealHardwareProps {
  figures: readonly RealFigure[];
  strings: Strings;
}

/** Published figures of real hardware, on a scale of their own. */
export function RealHardware({ figures, strings }: RealHardwareProps): JSX.Element {
  const { plain } = numbersIn(strings);
  const ms = (value: number) => text(strings, "race.real.ms", { ms: plain(value) });
  const domain = domainOf(figures.map(({ milliseconds }) => milliseconds));
  const entries = figures.map((entry) => ({
    ...entry,
    time: text(strings, `race.real.${entry.bound}`, { time: ms(entry.milliseconds) }),
    trust: text(strings, `references.standing.${entry.standing}`),
  }));
  return (
    <section class="ok-real">
      <p class="ok-real-title">{text(strings, "race.real.title")}</p>
      <p class="ok-start-note">{text(strings, "race.real.intro")}</p>
      <ol class="ok-starts">
        {entries.map(({ id, name, on, time, trust, milliseconds, source, href, standing }) => (
          <li key={id} class="ok-start" data-standing={standing}>
            <p class="ok-start-head">
              <strong>{name}</strong>
              <span class="ok-start-tag">{trust}</span>
              <span class="ok-start-cost">{time}</span>
            </p>
            <Bar
              parts={[{ key: id, tone: `real-${standing}`, from: 0, to: milliseconds }]}
              domain={domain}
              label={`${name}: ${time}; ${trust}`}
            />
            <p class="ok-start-note">
              {on} · <a href={href}>{source}</a>
            </p>
          </li>
        ))}
      </ol>
      <Scale domain={domain} format={ms} />
      <DataTable
        summary={text(strings, "race.real.table")}
        head={["what", "time", "on", "source", "kind"].map((key) =>
          text(strings, `race.real.head.${key}`),
        )}
        rows={entries.map(({ name, time, on, source, trust }) => [name, time, on, source, trust])}
      />
    </section>
  );
}
