import { scaleLinear } from "d3-scale";
import type { Cost } from "../../lab/instruments/starts.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { numbersIn } from "./numbers.ts";

/** What a start is drawn in. */
export const units = ["instructions", "seconds"] as const;
export type Unit = (typeof units)[number];

/** The picture's scale: everything, or as long as all but the longest, which then runs off it. */
export const zooms = ["near", "all"] as const;
export type Zoom = (typeof zooms)[number];

/** A CPU's milestone is found to within this many instructions: `src/machine/probe.ts`. */
const PRECISION = 100_000;
const LEAST_SECONDS = 0.01;

/** Writes what something took as the page's language does. */
export function costsIn(strings: Strings) {
  const { short } = numbersIn(strings);
  const seconds = (value: number) => text(strings, "instrument.seconds", { seconds: short(value) });
  const one = (cost: Cost, unit: Unit) =>
    unit === "instructions" ? short(cost.instructions) : seconds(cost.seconds);
  const limit = { instructions: short(PRECISION), seconds: seconds(LEAST_SECONDS) };
  return {
    one,
    /** `15.7M instructions, 5.2 s`. */
    both: (cost: Cost) =>
      text(strings, "start.cost", {
        instructions: short(cost.instructions),
        seconds: short(cost.seconds),
      }),
    /** A stage between two milestones; shorter ones than can be told apart say so. */
    stage: (from: Cost, to: Cost, unit: Unit) => {
      const cost = {
        instructions: to.instructions - from.instructions,
        seconds: to.seconds - from.seconds,
      };
      const least = unit === "instructions" ? PRECISION : LEAST_SECONDS;
      return cost[unit] < least ? `<${limit[unit]}` : one(cost, unit);
    },
    /** A value on the scale. */
    tick: (value: number, unit: Unit) => one({ instructions: value, seconds: value }, unit),
  };
}

/** The start that the near picture has no room for: the one with the most instructions. */
export function longestOf<Start>(
  starts: readonly Start[],
  costOf: (start: Start) => Cost,
): Start | undefined {
  return starts.toSorted((a, b) => costOf(b).instructions - costOf(a).instructions)[0];
}

/** From 0 to a round figure that all of these fit below. */
export function domainOf(values: readonly number[]): number {
  const [, end] = scaleLinear([0, Math.max(...values)], [0, 1])
    .nice()
    .domain();
  return end || 1;
}
