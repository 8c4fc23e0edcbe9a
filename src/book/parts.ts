import { readdirSync } from "node:fs";
import { relative } from "node:path";
import type { Plugin } from "vite";
import { parseMdx, partsBelow } from "./mdx.ts";

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
export function partTroubles(text: string, files = partFiles()): string[] {
  return partsBelow(parseMdx(text).root)
    .filter(({ name }) => isPart(name) && !files.has(name))
    .map(({ name, line }) => {
      const known = [...files.keys()].sort().join(", ");
      return `line ${line}: there is no part <${name}>; there are ${known}`;
    });
}

/** Elements of HTML begin with a small letter. */
const isPart = (name: string) => /^[A-Z]/.test(name);

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
        const [trouble] = partTroubles(text, files);
        if (trouble) this.error(`${relative(process.cwd(), id)}, ${trouble}`);
        const names = new Set(partsBelow(parseMdx(text).root).map(({ name }) => name));
        const imports = [...names]
          .filter(isPart)
          .map((name) => `import ${name} from ${JSON.stringify(files.get(name))};`);
        return { code: `${text}\n\n${imports.join("\n")}\n`, map: null };
      },
    },
  };
}
