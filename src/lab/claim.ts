import { z } from "zod";
import { localisedSchema } from "./step.ts";

/** `src/content/claims/<id>.yaml`: something people say about virtual machines and containers. */
export const claimSchema = z.strictObject({
  /** Where it stands in the list of all claims; lower comes first. */
  order: z.int().positive(),
  /** What is said, as one sentence. */
  claim: localisedSchema,
  /** Whether it is true: yes; yes, but with a limit; or not today, however often it is repeated. */
  verdict: z.enum(["holds", "limited", "wrong"]),
  /** What is true, in at most three sentences: the limit, or what is the case instead. */
  answer: localisedSchema,
  /**
   * Experiments that show it, the most telling first. Each names this claim among its own. Empty for
   * a claim that nothing shows yet, which is then listed as such.
   */
  experiments: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)),
  /** Sources beside the experiments, for what no machine can show. Ids of references. */
  sources: z.array(z.string()).default([]),
});

export type Claim = z.infer<typeof claimSchema>;
