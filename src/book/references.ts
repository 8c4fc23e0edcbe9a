import { Cite } from "@citation-js/core";
import "@citation-js/plugin-bibtex";
import "@citation-js/plugin-csl";
import { z } from "zod";
import data from "../content/references.json" with { type: "json" };
import { type Reference, referenceSchema } from "./reference.ts";

/** All sources of the book, by id. @throws when `src/content/references.json` is not as it should be */
export const references: ReadonlyMap<string, Reference> = new Map(
  z
    .array(referenceSchema)
    .parse(data)
    .sort((a, b) => a.id.localeCompare(b.id))
    .map((reference) => [reference.id, reference]),
);

/** The whole of a source as one line of HTML, in APA style; its address is a link. */
export function referenceHtml(reference: Reference): string {
  return new Cite([reference]).format("bibliography", {
    format: "html",
    template: "apa",
    lang: "en-US",
    hyperlinks: true,
  });
}

/** All sources as BibTeX. */
export function bibtex(): string {
  return new Cite([...references.values()]).format("bibtex");
}
