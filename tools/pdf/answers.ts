import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { writtenChapters } from "../../src/book/chapters.ts";
import { type Mdx, parseMdx, partsBelow } from "../../src/book/mdx.ts";
import { answersSchema, openExercises } from "../../src/book/open-exercises.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { type Exercise, exerciseSchema } from "../../src/lab/exercise.ts";
import { loadExperiment } from "../../src/lab/load.ts";
import { type Language, type Prediction, predictionSchema } from "../../src/lab/step.ts";
import { ANSWERS, DOCS, EXERCISES, EXPERIMENTS, ROOT } from "../lib/paths.ts";
import { marked, string, text } from "./markup.ts";
import { words } from "./words.ts";

/**
 * The answer key for teachers, as the body of a Typst document: opening questions, predictions and
 * exercises, those that the machine checks among them, chapter by chapter, in the order of the book.
 */
export async function answersOf(language: Language): Promise<string> {
  const { answersIntro, exercises } = words(language);
  const printed = new Set<string>();
  const chapters: string[] = [];
  for (const [index, { slug, title }] of writtenChapters().entries()) {
    const file = `${DOCS}/${language}/${slug}.mdx`;
    const chapter = parseMdx(await readFile(file, "utf8"), file);
    const placed = placedIn(chapter, "Experiment");
    const fresh = placed.filter((id) => !printed.has(id));
    for (const id of fresh) printed.add(id);
    const tasks = placedIn(chapter, "Exercise");
    const parts = [
      `#chapter(${string(slug)}, ${index + 1}, [${text(title[language])}]);`,
      answer(
        await readAuthored(`${ROOT}src/content/guesses/${slug}.yaml`, predictionSchema, made(slug)),
        language,
      ),
      ...(await Promise.all(fresh.map((id) => experiment(id, language)))),
      `#heading(level: 2)[${text(exercises)}];`,
      ...open(
        chapter,
        await readAuthored(`${ANSWERS}/${slug}.yaml`, answersSchema, made(slug)),
        language,
      ),
      ...(await Promise.all(tasks.map((id) => exercise(id, language)))),
    ];
    chapters.push(parts.join("\n\n"));
  }
  return `${text(answersIntro)}\n\n${chapters.join("\n\n")}`;
}

async function experiment(id: string, language: Language): Promise<string> {
  const { title, steps } = await loadExperiment(EXPERIMENTS, id);
  const asked = steps.flatMap(({ predict }) => (predict ? [answer(predict, language)] : []));
  if (asked.length === 0) return "";
  return `#heading(level: 2)[${text(title[language])}];\n\n${asked.join("\n\n")}`;
}

function answer({ question, choices, because }: Prediction, language: Language): string {
  const right = choices.find((choice) => choice.right)?.text[language] ?? "";
  return `#answer([${text(question[language])}], [${text(right)}], [${text(because[language])}]);`;
}

/** Ids of a kind of component in a chapter, in order. */
function placedIn({ root }: Mdx, kind: string): string[] {
  return partsBelow(root).flatMap(({ name, attributes: { id } }) =>
    name === kind && id !== undefined ? [id] : [],
  );
}

function open(chapter: Mdx, answers: z.infer<typeof answersSchema>, language: Language) {
  return openExercises(chapter).map((task, index) => {
    const said = answers[index]?.[language] ?? "";
    return `#answer([${marked(`${index + 1}. ${task}`)}], none, [${marked(said)}]);`;
  });
}

async function exercise(id: string, language: Language): Promise<string> {
  const { task, solution, because }: Exercise = await readAuthored(
    `${EXERCISES}/${id}.yaml`,
    exerciseSchema,
  );
  const commands = `#code-block(${string(solution.join("\n"))});`;
  return `#answer([${text(task[language])}], [${commands}], [${text(because[language])}]);`;
}

const made = (slug: string) => `npm run new -- chapter ${slug} writes one`;
