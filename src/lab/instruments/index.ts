import { bootTimeline } from "./boot-timeline.ts";
import type { Instrument } from "./instrument.ts";
import { layerStack } from "./layer-stack.ts";
import { memoryLedger } from "./memory-ledger.ts";
import { namespaceMap } from "./namespace-map.ts";
import { race } from "./race.ts";
import { ringMeter } from "./ring-meter.ts";
import { translationLens } from "./translation-lens.ts";
import { trapCounter } from "./trap-counter.ts";

/** Every instrument of the book, in the order of the gallery. */
export const instruments: readonly Instrument[] = [
  bootTimeline,
  ringMeter,
  trapCounter,
  translationLens,
  namespaceMap,
  layerStack,
  memoryLedger,
  race,
];
