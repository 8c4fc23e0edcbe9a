import { relative } from "node:path";
import { lint } from "cspell";
import { z } from "zod";
import { termSchema } from "../../src/book/term.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { ROOT } from "../lib/paths.ts";
import { filesIn } from "./text-files.ts";
import { textsOf } from "./texts.ts";

const GLOSSARY = `${ROOT}src/content/glossary/terms.yaml`;

/** English words are in the dictionary or in cspell.json, and a thing has the glossary's name. */
export async function checkSpelling(): Promise<string[]> {
  const files = await filesIn("en", "zh");
  const terms = await readAuthored(GLOSSARY, z.array(termSchema));
  const others = await Promise.all(
    files.filter((file) => file !== GLOSSARY).map((file) => otherNames(file, terms)),
  );
  return [...(await misspelt(await filesIn("en"))), ...others.flat()];
}

async function otherNames(file: string, terms: z.infer<typeof termSchema>[]): Promise<string[]> {
  return (await textsOf(file)).flatMap(({ line, text }) =>
    avoidedIn(text, terms).map((what) => `${relative(ROOT, file)}:${line}: ${what}`),
  );
}

/** Other names for the glossary's terms in a text; code is left alone. */
export function avoidedIn(text: string, terms: z.infer<typeof termSchema>[]): string[] {
  const prose = text.replaceAll(/`[^`]*`/g, "");
  return terms.flatMap(({ id, zh, en, avoid = [] }) =>
    avoid
      .filter((name) => prose.includes(name))
      .map((name) => `“${name}”: the glossary (${id}) calls it ${zh} and ${en}`),
  );
}

async function misspelt(files: string[]): Promise<string[]> {
  const found: string[] = [];
  await lint(
    files,
    { root: ROOT, config: `${ROOT}cspell.json`, progress: false, summary: false },
    {
      issue: ({ uri, text, row }) =>
        found.push(`${relative(ROOT, new URL(uri ?? "").pathname)}:${row}: “${text}”?`),
      error: (message, { message: why }) => found.push(`${message}: ${why}`),
      info: () => {},
      debug: () => {},
      progress: () => {},
      result: () => {},
    },
  );
  return found;
}
