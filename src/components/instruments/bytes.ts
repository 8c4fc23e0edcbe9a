import type { Strings } from "../lab/strings.ts";

/** From the smallest; each is a thousand of the one before. */
const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** By language: making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.NumberFormat>();

function digitsIn(locale: string): Intl.NumberFormat {
  const known =
    formats.get(locale) ?? new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  formats.set(locale, known);
  return known;
}

/** Writes bytes as people read them, in decimal units and three digits: `43.6 MB`. */
export function bytesIn(strings: Strings): (value: number) => string {
  const digits = digitsIn(strings["lab.locale"] ?? "en");
  return (value) => {
    const size = Math.abs(value);
    const power = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1);
    return `${digits.format(value / 1000 ** power)} ${UNITS[power]}`;
  };
}
