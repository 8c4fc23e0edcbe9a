import { bootTimeline } from "./boot-timeline.ts";
import type { Instrument } from "./instrument.ts";
import { memoryLedger } from "./memory-ledger.ts";
import { namespaceMap } from "./namespace-map.ts";
import { race } from "./race.ts";
import { ringMeter } from "./ring-meter.ts";

/** Every instrument of the book, in the order of the gallery. */
export const instruments: readonly Instrument[] = [
  bootTimeline,
  ringMeter,
  namespaceMap,
  memoryLedger,
  race,
];
