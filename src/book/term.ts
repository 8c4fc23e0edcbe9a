import { z } from "zod";
import { localisedSchema } from "../lab/step.ts";

/** A word of the book, in `src/content/glossary/terms.yaml`. */
export const termSchema = z.strictObject({
  /** Unique; its anchor on the glossary page. Example: `copy-on-write`. */
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  zh: z.string().min(1),
  en: z.string().min(1),
  /** One sentence that can stand by itself. */
  means: localisedSchema,
  /** Other names for it, which the book does not use: `npm run check` finds them in its text. */
  avoid: z.array(z.string().min(2)).min(1).optional(),
});
