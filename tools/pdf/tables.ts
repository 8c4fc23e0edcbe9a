import type { Element } from "hast";
import type { Writer } from "./convert.ts";
import { call } from "./markup.ts";
import { find } from "./tree.ts";

/** A table of the running text: numbered, under the name of its section. */
export function titled(element: Element, at: Writer): string {
  if (!at.heading) throw at.error(element, "a table before the first heading has no name");
  return call("titled", { title: `[${at.inline(at.heading.children)}]` }, table(element, at));
}

/** Rows and columns. The first row is the head, where there is one. */
export function table(element: Element, at: Writer): string {
  const rows = find(element, (e) => e.tagName === "tr").map((row) =>
    row.children.filter((child) => child.type === "element"),
  );
  const heads = find(element, (e) => e.tagName === "thead").flatMap((head) =>
    find(head, (e) => e.tagName === "tr"),
  );
  const cell = (each: Element) =>
    `[${each.tagName === "th" ? `#strong[${at.inline(each.children)}];` : at.blocks(each.children).trim()}]`;
  const header = rows.slice(0, heads.length).flat().map(cell).join(", ");
  const body = rows.slice(heads.length).flat().map(cell).join(", ");
  const columns = Math.max(...rows.map((row) => row.length));
  return `#data-table(${columns}, (${header ? `${header},` : ""}), (${body},));`;
}
