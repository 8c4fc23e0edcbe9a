import type { Strings } from "../../ui/strings.ts";

/** Making a number format takes longer than using it a hundred times, so each language has one set. */
const known = new Map<string, ReturnType<typeof make>>();

/** Writes figures as the page's language does. */
export function numbersIn(strings: Strings): ReturnType<typeof make> {
  const locale = strings["lab.locale"] ?? "en";
  const numbers = known.get(locale) ?? make(locale);
  known.set(locale, numbers);
  return numbers;
}

function make(locale: string) {
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, notation: "compact" });
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  return {
    /** `15.6M`, `1560万`. */
    short: (value: number) => short.format(value),
    /** `15,738,493`. */
    plain: (value: number) => plain.format(value),
    /** A share of 1: `97.3%`. */
    percent: (share: number) => percent.format(share),
  };
}
