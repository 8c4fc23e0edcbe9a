import { z } from "zod";
import figures from "../content/real-hardware.json" with { type: "json" };
import { localisedSchema } from "../lab/step.ts";

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
  /** Id of a reference; its standing says who vouches for the figure. */
  source: z.string().min(1),
});

/** The longest first. */
export const realHardware = z.array(realFigureSchema).parse(figures);
