import { z } from "zod";
import { guestFileSchema } from "../manifest.ts";

/** A file's content: which of the index's `files`, and whether it may be executed. */
const fileNode = z.strictObject({ file: z.int().min(0), executable: z.literal(true).optional() });
/** A symbolic link's target, which the guest resolves. */
const linkNode = z.strictObject({ link: z.string().min(1) });

/** One name in the shared tree. All belongs to root; times are 1970. */
export type ShareNode =
  | z.infer<typeof fileNode>
  | z.infer<typeof linkNode>
  | { entries: Record<string, ShareNode> };

const entryName = z
  .string()
  .regex(/^[^/\0]+$/, "a name without a slash")
  .refine((name) => name !== "." && name !== "..", "not . or ..");

const shareNodeSchema: z.ZodType<ShareNode> = z.union([
  fileNode,
  linkNode,
  z.strictObject({
    get entries() {
      return z.record(entryName, shareNodeSchema);
    },
  }),
]);

/**
 * The index of a machine's shared tree: names and sizes of everything, contents by reference. It is
 * the only part that is fetched before the machine starts.
 */
export const shareIndexSchema = z
  .strictObject({
    /** Version of this format. */
    schema: z.literal(1),
    /** Contents, each stored once however many names it has. A file of no bytes is not listed. */
    files: z.array(guestFileSchema),
    root: z.strictObject({ entries: z.record(entryName, shareNodeSchema) }),
  })
  .refine(
    ({ files, root }) => highest(root) < files.length,
    "a node names a file that is not listed",
  );

export type ShareIndex = z.infer<typeof shareIndexSchema>;

function highest(node: ShareNode): number {
  if ("file" in node) return node.file;
  if ("link" in node) return -1;
  return Math.max(-1, ...Object.values(node.entries).map(highest));
}
