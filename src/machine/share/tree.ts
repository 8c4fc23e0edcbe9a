import { z } from "zod";
import { type GuestFile, guestFileSchema } from "../manifest.ts";

/** Folder of the pieces, below the guest folder. */
const FOLDER = "share";
/** Digits of the hash in a piece's name, after the two of its folder. */
const NAME_DIGITS = 16;

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

const { encoding, rawSize, sha256, size } = guestFileSchema.shape;

/** A file's content: whole in one piece, or in pieces of the index's `pieceSize` and what is left. */
const contentSchema = z.strictObject({
  /** Bytes after decoding, of all pieces together. */
  rawSize,
  /** How each piece is encoded, by itself. */
  encoding,
  /** Bytes and hash of each piece as stored. Its path follows from the hash ({@link piecePath}). */
  pieces: z.array(z.strictObject({ size, sha256 })),
});

/**
 * The index of a machine's shared tree: names and sizes of everything, contents by reference. It is
 * the only part that is fetched before the machine starts.
 */
export const shareIndexSchema = z
  .strictObject({
    /** Version of this format. */
    schema: z.literal(2),
    /** Bytes of a piece, decoded, of contents that have several. */
    pieceSize: z.int().positive(),
    /** Contents, each stored once however many names it has. */
    files: z.array(contentSchema),
    root: z.strictObject({ entries: z.record(entryName, shareNodeSchema) }),
  })
  .refine(
    ({ files, pieceSize }) =>
      files.every(({ rawSize, pieces: { length } }) =>
        length === 1 ? rawSize > 0 : length === Math.ceil(rawSize / pieceSize),
      ),
    "a content has too few or too many pieces",
  )
  .refine(
    ({ files, root }) => highest(root) < files.length,
    "a node names a file that is not listed",
  );

export type ShareIndex = z.infer<typeof shareIndexSchema>;

/** A content of the shared tree, and the stored files that have a piece of it each. */
export interface SharedContent {
  /** Bytes of the whole content, decoded. */
  rawSize: number;
  /** Bytes of each piece, decoded, but for the last one, which may be shorter. */
  pieceSize: number;
  /** In order; none for a content of no bytes. */
  pieces: readonly GuestFile[];
}

/** Where a piece is stored. @param sha256  of the bytes as stored */
export function piecePath(sha256: string): string {
  return `${FOLDER}/${sha256.slice(0, 2)}/${sha256.slice(2, 2 + NAME_DIGITS)}.bin`;
}

/** The contents that an index lists, in its order. */
export function contentsOf({ files, pieceSize }: ShareIndex): SharedContent[] {
  return files.map(({ rawSize, encoding, pieces }) => {
    const each = pieces.length === 1 ? rawSize : pieceSize;
    const stored = pieces.map(({ size, sha256 }, at) => ({
      path: piecePath(sha256),
      size,
      sha256,
      encoding,
      rawSize: Math.min(each, rawSize - at * each),
    }));
    return { rawSize, pieceSize: each, pieces: stored };
  });
}

function highest(node: ShareNode): number {
  if ("file" in node) return node.file;
  if ("link" in node) return -1;
  return Math.max(-1, ...Object.values(node.entries).map(highest));
}
