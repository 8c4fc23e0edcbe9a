import type { Strings } from "../lab/strings.ts";

/** From the smallest; each is a thousand of the one before. */
const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Writes bytes as people read them, in decimal units and three digits: `43.6 MB`. */
export function bytesIn(strings: Strings): (value: number) => string {
  const digits = new Intl.NumberFormat(strings["lab.locale"] ?? "en", {
    maximumSignificantDigits: 3,
  });
  return (value) => {
    const size = Math.abs(value);
    const power = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1);
    return `${digits.format(value / 1000 ** power)} ${UNITS[power]}`;
  };
}
