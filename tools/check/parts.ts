import { type Mdx, partsBelow } from "../../src/book/mdx.ts";

/** What one kind of component in a chapter names by its `id`. */
export interface Named {
  ids: string[];
  /** Those of which nobody can tell what they name, each as a sentence with what to do. */
  unreadable: string[];
}

/** @param kind  name of the component: `Claim` */
export function idsOf({ root }: Mdx, kind: string): Named {
  const ids: string[] = [];
  const unreadable: string[] = [];
  for (const { name, attributes, line } of partsBelow(root)) {
    if (name !== kind) continue;
    if (attributes.id === undefined)
      unreadable.push(`line ${line}: <${kind}>: write its id as text: <${kind} id="…">`);
    else ids.push(attributes.id);
  }
  return { ids, unreadable };
}
