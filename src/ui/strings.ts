/** The interface's texts in the page's language, by their keys in `src/content/i18n`. */
export type Strings = Readonly<Record<string, string>>;

/** The text of `key`, with `{{name}}` replaced from `params`; numbers are written as the language does. */
export function text(
  strings: Strings,
  key: string,
  params: Readonly<Record<string, string | number>> = {},
): string {
  const template = strings[key];
  if (template === undefined) throw new Error(`no text for "${key}" in src/content/i18n`);
  return template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined
      ? whole
      : typeof value === "number"
        ? figure(value, strings["lab.locale"])
        : value;
  });
}

/** Large numbers in words, as each language counts: `14.9 million`, `1490万`. */
function figure(value: number, locale = "en"): string {
  const known = formats.get(locale) ?? {
    large: new Intl.NumberFormat(locale, {
      notation: "compact",
      compactDisplay: "long",
      maximumSignificantDigits: 3,
    }),
    small: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
  };
  formats.set(locale, known);
  return (value >= 1e6 ? known.large : known.small).format(value);
}

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string, Record<"large" | "small", Intl.NumberFormat>>();

/** The day of an ISO 8601 date and time: `2026-11-24`. */
export function dayOf(time: string): string {
  return time.slice(0, "YYYY-MM-DD".length);
}
