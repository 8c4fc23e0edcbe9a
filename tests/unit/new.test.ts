import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseMdx } from "../../src/book/mdx.ts";
import { answersSchema, openExercises } from "../../src/book/open-exercises.ts";
import { partTroubles } from "../../src/book/parts.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { predictionSchema } from "../../src/lab/step.ts";
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

  it("makes an instrument that is known wherever one has to be", async () => {
    const { files } = await KINDS.instrument("my-own");
    expect(text(files, "src/lab/instruments/my-own.ts")).toContain(
      "export const myOwn: Instrument",
    );
    expect(text(files, "src/components/instruments/MyOwn.astro")).toContain("<MyOwnView client:");
    expect(text(files, "src/lab/instruments/index.ts")).toMatch(
      /"\.\/my-own\.ts"[\s\S]* {2}myOwn,\n\];/,
    );
    expect(text(files, "src/ui/words-of.ts")).toContain('MyOwnView: ["my-own"],');
    expect(text(files, "src/pages/[locale]/lab.astro")).toContain('<MyOwn heading="h2" />');
    const machines = JSON.parse(text(files, "src/content/machines.json"));
    expect(machines.instruments["my-own"]).toEqual({ machine: "linux" });
    const keys = ["en", "zh-CN"].map((lang) =>
      Object.keys(JSON.parse(text(files, `src/content/i18n/${lang}.json`))).filter((key) =>
        key.startsWith("my-own."),
      ),
    );
    expect(keys[0]?.length).toBeGreaterThan(4);
    expect(keys[1]).toEqual(keys[0]);
    for (const file of Object.values(files)) expect(file.text).not.toMatch(/__[A-Z]+__/);
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
