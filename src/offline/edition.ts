import { z } from "zod";

/** One file of the site, as it was built. */
const editionFileSchema = z.strictObject({
  /** Below the site's base: `zh/namespaces/index.html`. */
  path: z.string().min(1),
  bytes: z.int().nonnegative(),
  /** SHA-256 in lower-case hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type EditionFile = z.infer<typeof editionFileSchema>;

/**
 * `offline/<language>.json`: everything that the book of one language needs without a network; or
 * `offline/<machine>.json`: what a large machine needs besides.
 */
export const editionSchema = z.strictObject({
  schema: z.literal(1),
  /** In the order in which they are to be fetched: what pages refer to comes before the pages. */
  files: z.array(editionFileSchema).min(1),
});
export type Edition = z.infer<typeof editionSchema>;
