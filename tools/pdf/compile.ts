import { readFile } from "node:fs/promises";
import { NodeCompiler } from "@myriaddreamin/typst-ts-node-compiler";
import { FONTS } from "./fonts.ts";

/** What became of a document. */
export interface Compiled {
  pdf: Buffer;
  pages: number;
}

/** Typst did not take a document: its own words, with the lines they are about. */
export class TypesetError extends Error {
  override name = "TypesetError";
}

/** Sets documents with Typst, in the book's fonts, under its PDF/UA-1 checks. */
export class Typesetter {
  readonly #compiler: NodeCompiler;

  private constructor(compiler: NodeCompiler) {
    this.#compiler = compiler;
  }

  static async create(): Promise<Typesetter> {
    const files = [...new Set(FONTS.map(({ file }) => file))];
    const fontBlobs = await Promise.all(files.map((file) => readFile(file)));
    return new Typesetter(NodeCompiler.create({ fontArgs: [{ fontBlobs }] }));
  }

  /**
   * @param date  what the PDF says when it was made; the same source and date give the same bytes
   * @throws TypesetError
   */
  compile(source: string, date: Date): Compiled {
    const outcome = this.#compiler.compile({ mainFileContent: source });
    const trouble = outcome.takeDiagnostics();
    if (!outcome.result) {
      const told = trouble ? this.#compiler.fetchDiagnostics(trouble) : [];
      throw new TypesetError(JSON.stringify(told, null, 2));
    }
    const creationTimestamp = Math.floor(date.getTime() / 1000);
    const options = { pdfStandard: "ua-1", creationTimestamp };
    const pdf = this.#compiler.pdf(outcome.result, options);
    const pages = outcome.result.numOfPages;
    this.#compiler.evictCache(0);
    return { pdf, pages };
  }
}
