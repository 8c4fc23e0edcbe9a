import { z } from "zod";
import { localisedSchema } from "../schema.ts";
import figures from "./real-hardware.json" with { type: "json" };

/** A start-up time on real hardware that somebody else published. */
const realFigureSchema = z.strictObject({
  id: z.string().regex(/^[a-z-]+$/),
  /** What starts, and from where to where. */
  what: localisedSchema,
  milliseconds: z.number().positive(),
  /** Whether it was measured, is rounded, or is a limit that is promised. */
  bound: z.enum(["measured", "about", "at-most"]),
  /** On what. */
  condition: localisedSchema,
  /** Title of the source, in its own language. */
  source: z.string().min(1),
  url: z.url({ protocol: /^https$/ }),
  /** Of publication; of a document that changes, when it was read. */
  year: z.int().min(2000),
  /** Who vouches for it: the maker itself, or a peer-reviewed paper. */
  kind: z.enum(["vendor", "reviewed"]),
});
export type RealFigure = z.infer<typeof realFigureSchema>;

/** The longest first. */
export const realHardware: readonly RealFigure[] = z.array(realFigureSchema).parse(figures);
