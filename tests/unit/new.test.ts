import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseMdx } from "../../src/book/mdx.ts";
import { answersSchema, openExercises } from "../../src/book/open-exercises.ts";
import { partTroubles } from "../../src/book/parts.ts";
import { experimentSchema, predictionSchema } from "../../src/lab/schema.ts";
import { machineRecipeSchema } from "../../tools/guest/recipe.ts";
import { KINDS } from "../../tools/new/kinds.ts";

const text = (files: Awaited<ReturnType<(typeof KINDS)["chapter"]>>["files"], path: string) =>
  files[path]?.text ?? `no ${path}`;
const run = (...args: string[]) =>
  spawnSync(process.execPath, ["tools/new.ts", ...args], { encoding: "utf8" });

describe("npm run new", () => {
  it("makes an experiment that is one as it stands", async () => {
    const { files } = await KINDS.experiment("my-own");
    const written = text(files, "src/content/experiments/my-own/experiment.yaml");
    expect(experimentSchema.parse(parse(written)).findings).toHaveLength(1);
  });

  it("makes a chapter with all that goes with it, and a place in the plan", async () => {
    const { files } = await KINDS.chapter("my-own");
    for (const language of ["zh", "en"]) {
      const page = text(files, `src/content/docs/${language}/my-own.mdx`);
      expect(partTroubles(page)).toEqual([]);
      expect(page).toContain('<Guess id="my-own" />');
      const answers = answersSchema.parse(parse(text(files, "src/content/answers/my-own.yaml")));
      expect(openExercises(parseMdx(page))).toHaveLength(answers.length);
    }
    predictionSchema.parse(parse(text(files, "src/content/guesses/my-own.yaml")));
    const before = JSON.parse(readFileSync("src/content/chapters.json", "utf8"));
    const after = JSON.parse(text(files, "src/content/chapters.json"));
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.at(-1).slug).toBe("my-own");
  });

  it("leaves the plan alone where it has the chapter", async () => {
    const { files } = await KINDS.chapter("density");
    expect(Object.keys(files)).not.toContain("src/content/chapters.json");
  });

  it("makes a machine with a recipe that is one", async () => {
    const { files } = await KINDS.machine("my-own");
    expect(
      machineRecipeSchema.parse(JSON.parse(text(files, "guest/machines/my-own.json"))),
    ).toMatchObject({ memoryMiB: 128 });
  });

  it.each([
    [["chapter", "rings"], 'There is a chapter "rings" already: src/content/docs/zh/rings.mdx'],
    [["experiment", "My Own"], '"My Own" cannot be an id.'],
    [["experiment"], "What is the experiment to be called?"],
    [["exercise", "one"], 'There is no "exercise" to be made.'],
    [["machine", "one", "two"], 'One at a time: what is to become of "two"?'],
  ])("%j is told what is wrong, and nothing is written", (args, told) => {
    const { status, stdout, stderr } = run(...args);
    expect(stderr).toContain(told);
    expect(stderr).toContain("npm run new -- chapter <id>");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});
