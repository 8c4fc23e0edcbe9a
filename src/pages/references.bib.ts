import { bibtex } from "../book/references.ts";

/** All sources as BibTeX. */
export const GET = () => new Response(bibtex(), { headers: { "Content-Type": "text/x-bibtex" } });
