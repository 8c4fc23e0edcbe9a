import { z } from "zod";

/** `src/content/bench.json`: what `npm run bench -- --record` measured, row by row. */
export const benchFiguresSchema = z.strictObject({
  /** When each was measured last, on which machines, by which engine. */
  rows: z.record(
    z.string(),
    z.strictObject({
      value: z.number(),
      unit: z.enum(["instructions", "bytes", "seconds", "ratio"]),
      measured: z.iso.datetime(),
      engine: z.string(),
    }),
  ),
});
export type BenchFigures = z.infer<typeof benchFiguresSchema>;
