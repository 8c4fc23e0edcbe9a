import type { Element, Root } from "hast";
import { toString as textOf } from "hast-util-to-string";

/** The items of a list. */
export function items(list: Element): Element[] {
  return list.children.filter(
    (child): child is Element => child.type === "element" && child.tagName === "li",
  );
}

/** An element's `id`, or an empty text. */
export function id(element: Element): string {
  return String(element.properties.id ?? "");
}

/** An element's classes. */
export function classesOf(element: Element): string[] {
  const { className } = element.properties;
  return Array.isArray(className) ? className.map(String) : [];
}

/** Elements below one that answer a question, in order. */
export function find(top: Element | Root, wanted: (element: Element) => boolean): Element[] {
  return top.children.flatMap((child) => {
    if (child.type !== "element") return [];
    return [...(wanted(child) ? [child] : []), ...find(child, wanted)];
  });
}

/** Lines of a highlighted block, which has an element for each. */
export function codeOf(pre: Element): string {
  const lines = find(pre, (e) => classesOf(e).includes("ec-line"));
  return lines.map((line) => textOf(line).replace(/\n$/, "")).join("\n");
}
