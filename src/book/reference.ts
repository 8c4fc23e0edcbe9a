import { z } from "zod";

const name = z.union([
  z.strictObject({ family: z.string().min(1), given: z.string().optional() }),
  /** An organisation. */
  z.strictObject({ literal: z.string().min(1) }),
]);
/** Year, month, day, as far as they are known. */
const date = z.strictObject({
  "date-parts": z.array(z.array(z.int()).min(1).max(3)).length(1),
});

/** A source in CSL-JSON (https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html). */
export const referenceSchema = z.strictObject({
  /** Unique. Example: `popek-1974`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  type: z.enum([
    "article-magazine",
    "entry",
    "motion_picture",
    "post",
    "article-journal",
    "paper-conference",
    "book",
    "report",
    "standard",
    "webpage",
    "software",
    "post-weblog",
  ]),
  title: z.string().min(1),
  author: z.array(name).optional(),
  issued: date.optional(),
  "container-title": z.string().optional(),
  volume: z.string().optional(),
  issue: z.string().optional(),
  page: z.string().optional(),
  publisher: z.string().optional(),
  version: z.string().optional(),
  number: z.string().optional(),
  /** What of it was read, and how, where that is not plain. */
  note: z.string().optional(),
  DOI: z.string().optional(),
  URL: z.url().optional(),
  custom: z.strictObject({
    /**
     * Who stands behind it: a reviewed paper; the project's own specification, source or manual; a
     * vendor speaking of its own product; or somebody else.
     */
    standing: z.enum(["reviewed", "primary", "vendor", "secondary"]),
    /** How a chapter names it, where authors and year do not: `clone(2)`. */
    short: z.string().optional(),
  }),
});
export type Reference = z.infer<typeof referenceSchema>;

/** How a chapter names a source: `Popek & Goldberg 1974`, `Bugnion et al. 2012`, `clone(2)`. */
export function shortName({ custom, author = [], issued, title }: Reference): string {
  if (custom.short) return custom.short;
  const names = author.map((one) => ("family" in one ? one.family : one.literal));
  const [first, second] = names;
  const who =
    first === undefined
      ? title
      : names.length > 2
        ? `${first} et al.`
        : second
          ? `${first} & ${second}`
          : first;
  const year = issued?.["date-parts"][0]?.[0];
  return year === undefined ? who : `${who} ${year}`;
}
