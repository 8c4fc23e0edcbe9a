import { type Contestant, contestants, type RaceData } from "../../lab/instruments/race.ts";
import { ratioOf } from "../../lab/instruments/ratio.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { TableData } from "./DataTable.tsx";
import { numbersIn } from "./numbers.ts";
import { costsIn } from "./start-figures.ts";

/** One contestant as the picture shows it. */
export interface RaceRow {
  id: Contestant;
  name: string;
  recorded: Cost;
  /** The reader's own; also while it grows. Nothing while it is prepared. */
  own: Cost | undefined;
  running: boolean;
}

/** The race as it stands. @param grown  how far the running one has come */
export function raceRows(
  recorded: RaceData,
  own: Partial<RaceData>,
  running: { id: Contestant; grown: Cost | undefined } | undefined,
  strings: Strings,
): RaceRow[] {
  return contestants.map((id) => ({
    id,
    name: text(strings, `start.name.${id}`),
    recorded: recorded[id],
    own: running?.id === id ? running.grown : own[id],
    running: running?.id === id,
  }));
}

/** What all are compared with: a boot of the machine that the containers share. */
export const BASE: Contestant = "cold";

/** How each contestant's instructions relate to those of that boot, in words. */
export function ratioTexts(rows: readonly RaceRow[], strings: Strings): string[] {
  const instructions = (row: RaceRow | undefined) =>
    row && !row.running ? (row.own ?? row.recorded).instructions : Number.NaN;
  const base = instructions(rows.find(({ id }) => id === BASE));
  return rows
    .filter(({ id }) => id !== BASE)
    .map((row) => ratioText(row.name, instructions(row), base, strings))
    .filter((sentence) => sentence !== undefined);
}

/** One of them; nothing when there is nothing to compare. */
export function ratioText(
  name: string,
  value: number,
  base: number,
  strings: Strings,
): string | undefined {
  const ratio = ratioOf(value, base);
  if (!ratio) return undefined;
  const { plain, percent } = numbersIn(strings);
  return text(strings, `race.ratio.${ratio.kind}`, {
    name,
    ...("n" in ratio && { n: plain(ratio.n) }),
    ...("share" in ratio && { share: percent(ratio.share) }),
  });
}

/** All figures: the recorded ones, and the reader's own that are finished. */
export function raceTable(rows: readonly RaceRow[], strings: Strings): TableData {
  const { one } = costsIn(strings);
  const head = ["what", "origin", "instructions", "seconds"];
  return {
    head: head.map((key) => text(strings, `race.head.${key}`)),
    rows: rows.flatMap(({ name, own, recorded, running }) =>
      [
        { cost: recorded, origin: "start.recorded" },
        ...(own && !running ? [{ cost: own, origin: "start.own" }] : []),
      ].map(({ cost, origin }) => [
        name,
        text(strings, origin),
        one(cost, "instructions"),
        one(cost, "seconds"),
      ]),
    ),
  };
}
