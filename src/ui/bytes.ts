/** Decimal units, as the SI has them and browsers' download lists; each a thousand of the one before. */
const UNITS = ["B", "kB", "MB", "GB", "TB"];
const DIGITS = 3;

/** By language: making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.NumberFormat>();

/** Bytes as people read them, in three digits: `43.6 MB`. @param locale  BCP 47: `zh-CN` */
export function bytesText(value: number, locale: string): string {
  const digits =
    formats.get(locale) ?? new Intl.NumberFormat(locale, { maximumSignificantDigits: DIGITS });
  formats.set(locale, digits);
  const size = Math.abs(value);
  const power = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1);
  return `${digits.format(value / 1000 ** power)} ${UNITS[power]}`;
}

/** Writes bytes as the page's language does. @param strings  its texts, with `lab.locale` */
export function bytesIn(strings: Readonly<Record<string, string>>): (value: number) => string {
  const locale = strings["lab.locale"] ?? "en";
  return (value) => bytesText(value, locale);
}
