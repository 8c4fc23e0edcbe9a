import { contentsOf, type SharedContent, type ShareIndex, type ShareNode } from "./tree.ts";

/** A node as the guest sees it; `id` is its inode number and its place in {@link inodesOf}. */
export type Inode = { id: number; parent: number } & (
  | { kind: "directory"; entries: ReadonlyMap<string, number>; mode: number }
  | { kind: "file"; content: SharedContent; mode: number }
  | { kind: "link"; target: string }
);

/** Numbers the tree's nodes, parents before children; the root is 0. The same index gives the same numbers. */
export function inodesOf(index: ShareIndex): Inode[] {
  const contents = contentsOf(index);
  const inodes: Inode[] = [];
  const add = (node: ShareNode, parent: number): number => {
    const id = inodes.length;
    if ("file" in node) {
      const content = contents[node.file];
      if (!content) throw new RangeError(`file ${node.file} is not in the index`);
      inodes.push({ id, parent, kind: "file", content, mode: node.mode ?? 0o644 });
    } else if ("link" in node) {
      inodes.push({ id, parent, kind: "link", target: node.link });
    } else {
      const entries = new Map<string, number>();
      inodes.push({ id, parent, kind: "directory", entries, mode: node.mode ?? 0o755 });
      for (const [name, child] of Object.entries(node.entries)) entries.set(name, add(child, id));
    }
    return id;
  };
  add(index.root, 0);
  return inodes;
}
