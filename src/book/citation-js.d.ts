declare module "@citation-js/core" {
  /** What of citation-js 0.9 is used; it has no declarations of its own. */
  export class Cite {
    constructor(data: unknown[]);
    format(output: "bibliography" | "bibtex", options?: Record<string, string | boolean>): string;
  }
}
declare module "@citation-js/plugin-bibtex";
declare module "@citation-js/plugin-csl";
