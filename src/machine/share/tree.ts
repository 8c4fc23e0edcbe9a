import { z } from "zod";
import { guestFileSchema } from "../manifest.ts";

/** Permission bits of a mode. */
const mode = z.int().min(0).max(0o7777);
/** A file: which of the index's `files` it has as content, and its mode if it is not 0644. */
const fileNode = z.strictObject({ file: z.int().min(0), mode: mode.optional() });
/** A symbolic link's target, which the guest resolves. */
const linkNode = z.strictObject({ link: z.string().min(1) });

/** One name in the shared tree. All belongs to root; times are 1970. */
export type ShareNode =
  | z.infer<typeof fileNode>
  | z.infer<typeof linkNode>
  /** A directory, and its mode if it is not 0755. */
  | { entries: Record<string, ShareNode>; mode?: number | undefined };

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
    mode: mode.optional(),
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
