/** How one figure relates to another, as one would say it. */
export type Ratio =
  /** `1/n` of it. */
  | { kind: "part"; n: number }
  /** This share of it, of 1. */
  | { kind: "share"; share: number }
  | { kind: "same" }
  | { kind: "times"; n: number };

/** Nearer than this to another figure is as good as equal. */
const SAME = 0.05;
/** How much `1/3` may differ from the true ratio before a share in percent is said. */
const TOLERANCE = 0.08;
/** From this `n` on, `1/n` may be any number of two digits. */
const MANY = 10;
const DIGITS = 2;

/** @returns undefined when one of them is no figure to compare with */
export function ratioOf(value: number, base: number): Ratio | undefined {
  if (!(value > 0 && base > 0 && Number.isFinite(value / base))) return undefined;
  const times = value / base;
  if (Math.abs(times - 1) <= SAME) return { kind: "same" };
  if (times > 1) return { kind: "times", n: rounded(times) };
  const parts = 1 / times;
  if (parts >= MANY) return { kind: "part", n: rounded(parts) };
  const whole = Math.round(parts);
  if (whole > 1 && Math.abs(whole / parts - 1) <= TOLERANCE) return { kind: "part", n: whole };
  return { kind: "share", share: rounded(times) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
