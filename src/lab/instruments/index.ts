import type { Instrument } from "./instrument.ts";
import { layerStack } from "./layer-stack.ts";
import { ringMeter } from "./ring-meter.ts";
import { translationLens } from "./translation-lens.ts";

/** Every instrument of the book, in the order of the gallery. */
export const instruments: readonly Instrument[] = [ringMeter, translationLens, layerStack];
