import Fraction from "fraction.js";

/**
 * A number as programs print it: `-12`, `.5`, `3e+07`. What is longer than any number that a program
 * means as one is text: a run must not be held up by working out `1e999999999`.
 */
const NUMBER = /^([-+]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400}))(?:[eE]([-+]?\d{1,3}))?$/;

/**
 * Reads a printed number without rounding it, as a double would round one of more than 15 digits.
 * @returns undefined when the text is no number
 */
export function exactNumber(text: string): Fraction | undefined {
  const [, digits, exponent = "0"] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = Number(exponent);
  const factor = 10n ** BigInt(Math.abs(power));
  const number = new Fraction(digits);
  return power < 0 ? number.div(factor) : number.mul(factor);
}
