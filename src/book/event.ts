import { z } from "zod";

/** Something that happened, in `src/content/history/events.yaml`. */
export const eventSchema = z.strictObject({
  /** As exact as is known: `2013-03-15`, `2006-07`, `1979`. */
  date: z.string().regex(/^\d{4}(-\d\d(-\d\d)?)?$/),
  zh: z.string().min(1),
  en: z.string().min(1),
  /** Ids of references, at least one. */
  sources: z.array(z.string()).min(1),
});
