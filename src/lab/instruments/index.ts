import type { Instrument } from "./instrument.ts";
import { ringMeter } from "./ring-meter.ts";
import { trapCounter } from "./trap-counter.ts";

/** Every instrument of the book, in the order of the gallery. */
export const instruments: readonly Instrument[] = [ringMeter, trapCounter];
