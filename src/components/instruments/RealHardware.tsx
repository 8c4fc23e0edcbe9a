import type { JSX } from "preact";
import { realHardware } from "../../lab/instruments/real-hardware.ts";
import { type Strings, text } from "../lab/strings.ts";
import { Bar, Scale } from "./Bars.tsx";
import { DataTable } from "./DataTable.tsx";
import { numbersIn } from "./numbers.ts";
import { domainOf } from "./start-figures.ts";

/** Published figures of real hardware, on a scale of their own. */
export function RealHardware({ strings }: { strings: Strings }): JSX.Element {
  const lang = strings["lab.locale"] === "zh-CN" ? "zh" : "en";
  const { plain } = numbersIn(strings);
  const ms = (value: number) => text(strings, "race.real.ms", { ms: plain(value) });
  const domain = domainOf(realHardware.map(({ milliseconds }) => milliseconds));
  const entries = realHardware.map((entry) => ({
    ...entry,
    name: entry.what[lang],
    on: entry.condition[lang],
    time: text(strings, `race.real.${entry.bound}`, { time: ms(entry.milliseconds) }),
    trust: text(strings, `race.real.${entry.kind}`),
  }));
  return (
    <section class="ok-real">
      <p class="ok-real-title">{text(strings, "race.real.title")}</p>
      <p class="ok-start-note">{text(strings, "race.real.intro")}</p>
      <ol class="ok-starts">
        {entries.map(({ id, name, on, time, trust, milliseconds, source, url, year, kind }) => (
          <li key={id} class="ok-start" data-kind={kind}>
            <p class="ok-start-head">
              <strong>{name}</strong>
              <span class="ok-start-tag">{trust}</span>
              <span class="ok-start-cost">{time}</span>
            </p>
            <Bar
              parts={[{ key: id, tone: `real-${kind}`, from: 0, to: milliseconds }]}
              domain={domain}
              label={`${name}: ${time}; ${trust}`}
            />
            <p class="ok-start-note">
              {on} · <a href={url}>{source}</a> · {String(year)}
            </p>
          </li>
        ))}
      </ol>
      <Scale domain={domain} format={ms} />
      <DataTable
        summary={text(strings, "race.real.table")}
        head={["what", "time", "on", "source", "year", "kind"].map((key) =>
          text(strings, `race.real.head.${key}`),
        )}
        rows={entries.map(({ name, time, on, source, year, trust }) => [
          name,
          time,
          on,
          source,
          String(year),
          trust,
        ])}
      />
    </section>
  );
}
