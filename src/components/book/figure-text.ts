import type { Language } from "../../lab/step.ts";
import { bytesText } from "../../ui/bytes.ts";

/** `number`: as people read it; `times`: a ratio, two digits; `bytes`; `text`: as it was printed. */
export type FigureForm = "number" | "times" | "bytes" | "percent" | "text";

/** Digits that a figure of a machine deserves, and a ratio. */
const DIGITS = 3;
const RATIO_DIGITS = 2;

/** A figure as the language writes it: `15.6 million`, `1560万`; `44.1 kB`; `97%`. */
export function figureText(value: string, form: FigureForm, lang: Language): string {
  const number = Number(value);
  if (form === "text" || !Number.isFinite(number)) return value;
  const locale = lang === "zh" ? "zh-CN" : "en";
  const write = (figure: number, options: Intl.NumberFormatOptions) =>
    figure.toLocaleString(locale, options);
  if (form === "percent")
    return write(number, { style: "percent", maximumSignificantDigits: RATIO_DIGITS });
  if (form === "times") return write(number, { maximumSignificantDigits: RATIO_DIGITS });
  if (form === "bytes") return bytesText(number, locale);
  return number >= 1e6
    ? write(number, {
        notation: "compact",
        compactDisplay: "long",
        maximumSignificantDigits: DIGITS,
      })
    : write(number, {
        maximumSignificantDigits: Math.max(DIGITS, String(Math.trunc(number)).length),
      });
}
