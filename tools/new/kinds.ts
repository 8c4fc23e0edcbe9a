import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../lib/paths.ts";

/** A file to be written; `change` where it is there already and gets something more. */
interface NewFile {
  text: string;
  change?: true;
}

/** What something new consists of. */
export interface Written {
  /** By path below the checkout. */
  files: Record<string, NewFile>;
  /** What only the author can do, a line each. */
  left: readonly string[];
}

/** What can be made, by its name on the command line. Each is given an id that can be one. */
export const KINDS = { chapter, experiment, machine, instrument } as const;
export type Kind = keyof typeof KINDS;

async function chapter(id: string): Promise<Written> {
  const plan = "src/content/chapters.json";
  const planned = await readFile(join(ROOT, plan), "utf8");
  const isPlanned = (JSON.parse(planned) as { slug: string }[]).some(({ slug }) => slug === id);
  const entry = `  { "slug": "${id}", "title": { "zh": "待定", "en": "To be named" } }\n]`;
  const page = (language: string) => template(`chapter.${language}.mdx`, id);
  return {
    files: {
      ...(!isPlanned && {
        [plan]: { text: planned.replace(/\}\s*\]\s*$/, `},\n${entry}\n`), change: true },
      }),
      [`src/content/docs/zh/${id}.mdx`]: { text: await page("zh") },
      [`src/content/docs/en/${id}.mdx`]: { text: await page("en") },
      [`src/content/guesses/${id}.yaml`]: { text: await template("guess.yaml", id) },
      [`src/content/answers/${id}.yaml`]: { text: await template("answers.yaml", id) },
    },
    left: [
      `its place and its titles in ${plan}`,
      `the two pages, src/content/docs/zh/${id}.mdx and en/${id}.mdx: both say the same, neither is a translation`,
      `the guess with which it opens, src/content/guesses/${id}.yaml`,
      `an exercise that the machine checks, src/content/exercises/<id>.yaml, in the place of the one in the template`,
      `an answer for each numbered exercise, in their order: src/content/answers/${id}.yaml`,
      `"unfinished: true" out of both pages, and npm run check -- --aligned ${id}, once both say the same; until then the site and npm run check call it a draft`,
    ],
  };
}

async function experiment(id: string): Promise<Written> {
  const file = `src/content/experiments/${id}/experiment.yaml`;
  return {
    files: { [file]: { text: await template("experiment.yaml", id) } },
    left: [
      `title, intent, steps and findings in ${file}; src/lab/schema.ts says what each field is`,
      `the experiment in each claim that it bears on: src/content/claims/<claim>.yaml, and there its claims`,
      `npm run experiment -- ${id} runs it; then npm run record -- ${id} makes what the page shows at first`,
      `<Experiment id="${id}" /> in a chapter, in both languages`,
    ],
  };
}

async function machine(id: string): Promise<Written> {
  const file = `guest/machines/${id}.json`;
  return {
    files: { [file]: { text: await template("machine.json", id) } },
    left: [
      `its title, kernel and memory in ${file}; tools/guest/recipe.ts says what each field is`,
      `npm run guest builds it; a kernel of its own takes some minutes, and is kept`,
      `licences of what it contains beyond the other machines': docs/machine-licences.md`,
      `what it is for: an experiment's terminals, or an instrument's role in src/content/machines.json`,
    ],
  };
}

async function instrument(id: string): Promise<Written> {
  const pascal = id.replaceAll(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  const of = async (name: string) =>
    (await template(`instrument/${name}`, id))
      .replaceAll("__PASCAL__", pascal)
      .replaceAll("__CAMEL__", camel);
  const views = "src/components/instruments";
  const changed = async (path: string, ...changes: readonly [RegExp, string][]) => {
    const text = await readFile(join(ROOT, path), "utf8");
    return { [path]: { text: changes.reduce(insert(path), text), change: true as const } };
  };
  const words = JSON.parse(await of("words.json")) as Record<string, Record<string, string>>;
  const wordsIn = (lang: string) =>
    Object.entries(words[lang] ?? {})
      .map(([key, value]) => `  ${JSON.stringify(`${id}.${key}`)}: ${JSON.stringify(value)},\n`)
      .join("");
  return {
    files: {
      [`src/lab/instruments/${id}.ts`]: { text: await of("lab.ts.txt") },
      [`${views}/${pascal}View.tsx`]: { text: await of("View.tsx.txt") },
      [`${views}/${pascal}.astro`]: { text: await of("tag.astro.txt") },
      [`tests/guest/instruments/${id}.test.ts`]: { text: await of("test.ts.txt") },
      ...(await changed(
        "src/lab/instruments/index.ts",
        [/(?=\n\/\*\* Every instrument)/, `import { ${camel} } from "./${id}.ts";\n`],
        [/(?=\];\s*$)/, `  ${camel},\n`],
      )),
      ...(await changed("src/content/machines.json", [
        /(?<="instruments": \{\n)/,
        `    "${id}": { "machine": "linux" },\n`,
      ])),
      ...(await changed("src/ui/words-of.ts", [
        /(?=\};\n\nconst ALL)/,
        `  ${pascal}View: ["${id}"],\n`,
      ])),
      ...(await changed(
        "src/pages/[locale]/lab.astro",
        [
          /(?=import Experiment)/,
          `import ${pascal} from "../../${views.slice(4)}/${pascal}.astro";\n`,
        ],
        [/(?= {2}<h2>\{ui\["gallery\.machine"\])/, `  <${pascal} heading="h2" />\n`],
      )),
      ...(await changed("src/content/i18n/en.json", [/(?= {2}"gallery\.title")/, wordsIn("en")])),
      ...(await changed("src/content/i18n/zh-CN.json", [
        /(?= {2}"gallery\.title")/,
        wordsIn("zh-CN"),
      ])),
    },
    left: [
      `what it looks at: src/lab/instruments/${id}.ts; how it is drawn: ${views}/${pascal}View.tsx`,
      `its texts in src/content/i18n/en.json and zh-CN.json, under "${id}."`,
      `its machine in src/content/machines.json, and its place in the gallery, src/pages/[locale]/lab.astro`,
      `npm run record -- ${id}, then npm run format and npm test -- types`,
      `tests/guest/instruments/${id}.test.ts: its figures, against what the guest itself says`,
      `<${pascal} /> in a chapter, in both languages`,
    ],
  };
}

/** Puts a text where a pattern of no width is. @throws Error where the file has changed so that it is nowhere */
function insert(path: string) {
  return (text: string, [place, more]: readonly [RegExp, string]): string => {
    if (!place.test(text)) throw new Error(`${path}: no place to put ${more.trim()}: ${place}`);
    return text.replace(place, more);
  };
}

/** A template of this folder, with the id in its places. */
async function template(name: string, id: string): Promise<string> {
  const text = await readFile(join(ROOT, "tools/new", name), "utf8");
  return text.replaceAll("__ID__", id);
}
