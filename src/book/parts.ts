import { readdirSync } from "node:fs";
import { relative } from "node:path";
import type { Plugin } from "vite";
import { type Part, parseMdx, partsBelow } from "./mdx.ts";

/** Folders of `src/components` whose components are parts of chapters. */
const FOLDERS = ["book", "claims", "figures", "instruments", "lab", "port-browser", "site"];

// From the checkout's root, not from this file: a build bundles this module somewhere else.
const COMPONENTS = `${process.cwd()}/src/components`;

/** Files of the parts that a chapter can use, by their names: `Cite`, `NamespaceMap`. */
export function partFiles(): ReadonlyMap<string, string> {
  return new Map(
    FOLDERS.flatMap((folder) =>
      readdirSync(`${COMPONENTS}/${folder}`)
        .filter((file) => file.endsWith(".astro"))
        .map((file) => [file.slice(0, -".astro".length), `${COMPONENTS}/${folder}/${file}`]),
    ),
  );
}

/** What a chapter's file says wrongly of its parts, a sentence each with its line. */
export function partTroubles(text: string): string[] {
  return troubles(partsIn(text), partFiles());
}

/** Elements of HTML begin with a small letter. */
function partsIn(text: string): Part[] {
  return partsBelow(parseMdx(text).root).filter(({ name }) => /^[A-Z]/.test(name));
}

function troubles(used: readonly Part[], files: ReadonlyMap<string, string>): string[] {
  const known = [...files.keys()].sort().join(", ");
  return used
    .filter(({ name }) => !files.has(name))
    .map(({ name, line }) => `line ${line}: there is no part <${name}>; there are ${known}`);
}

/**
 * Gives each chapter the parts that it uses, so that its file begins with its first sentence. They are
 * imported at its end: an import holds for the whole module, and no line gets another number.
 */
export function partsInScope(): Plugin {
  return {
    name: "one-kernel:parts-in-scope",
    enforce: "pre",
    transform: {
      filter: { id: /\/src\/content\/docs\/.*\.mdx$/ },
      handler(text, id) {
        const files = partFiles();
        const used = partsIn(text);
        const [trouble] = troubles(used, files);
        if (trouble) this.error(`${relative(process.cwd(), id)}, ${trouble}`);
        const imports = [...new Set(used.map(({ name }) => name))].map(
          (name) => `import ${name} from ${JSON.stringify(files.get(name))};`,
        );
        return { code: `${text}\n\n${imports.join("\n")}\n`, map: null };
      },
    },
  };
}
