import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./lib/paths.ts";
import { KINDS, type Kind, type Written } from "./new/kinds.ts";

const USAGE = `npm run new -- chapter <id>     a chapter: its two pages and what goes with it
npm run new -- experiment <id>  an experiment that runs as it is
npm run new -- machine <id>     a machine: the recipe of another one, under its name
npm run new -- instrument <id>  an instrument that counts processes, to be made into yours
An id has small letters, digits and hyphens: from-nothing.`;
/** Becomes an address, a folder and a word in code. */
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", default: false } },
});
process.exitCode = await main();

/** Writes what something new needs, from templates, and says what is left to do. */
async function main(): Promise<number> {
  const [kind = "", id = "", ...more] = positionals;
  if (values.help || positionals.length === 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  if (!isKind(kind)) return wrong(`There is no "${kind}" to be made.`);
  if (id === "") return wrong(`What is the ${kind} to be called?`);
  if (more.length > 0) return wrong(`One at a time: what is to become of "${more.join(" ")}"?`);
  if (!ID.test(id)) return wrong(`"${id}" cannot be an id.`);
  const made = await KINDS[kind](id);
  const taken = await takenBy(made);
  if (taken.length > 0) return wrong(`There is a ${kind} "${id}" already: ${taken.join(", ")}`);
  for (const [path, { text, change }] of Object.entries(made.files)) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), text);
    console.log(`${change ? "changed" : "wrote  "} ${path}`);
  }
  console.log(`\nWhat is left to do:\n${made.left.map((line) => `  - ${line}`).join("\n")}`);
  return 0;
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(KINDS, kind);
}

function wrong(what: string): number {
  console.error(`${what}\n\n${USAGE}`);
  return 2;
}

/** Files that are to be new and are there. */
async function takenBy({ files }: Written): Promise<string[]> {
  const there = await Promise.all(
    Object.entries(files).map(async ([path, { change }]) => {
      if (change) return [];
      const found = await readFile(join(ROOT, path)).catch(() => undefined);
      return found === undefined ? [] : [path];
    }),
  );
  return there.flat();
}
