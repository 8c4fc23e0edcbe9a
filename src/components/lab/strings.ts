/** The interface's texts in the page's language, by their keys in `src/content/i18n`. */
export type Strings = Readonly<Record<string, string>>;

/** Prefixes of the keys that interactive parts use. */
const PREFIXES = ["machine.", "terminal.", "lab.", "progress."];

/** Picks what the interactive parts need from all of a language's texts. */
export function labStrings(all: Readonly<Record<string, unknown>>): Strings {
  return Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === "string" && PREFIXES.some((prefix) => entry[0].startsWith(prefix)),
    ),
  );
}

/** The text of `key`, with `{{name}}` replaced from `params`; numbers are grouped as the language does. */
export function text(
  strings: Strings,
  key: string,
  params: Readonly<Record<string, string | number>> = {},
): string {
  const template = strings[key];
  if (template === undefined) throw new Error(`no text for "${key}" in src/content/i18n`);
  return template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? grouped(value) : value;
  });
}

function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** Bytes as people read them: `5.2 MB`. Decimal units, as the SI and browsers' download lists have them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
