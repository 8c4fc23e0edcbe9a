import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AuthorError, parseAuthored, readAuthored } from "../../src/lab/authored.ts";
import { experimentSchema } from "../../src/lab/schema.ts";

const schema = z.strictObject({
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  steps: z.array(z.strictObject({ run: z.string(), at: z.enum(["here", "there"]).optional() })),
});
const GOOD = "title: { zh: 名字, en: A name }\nsteps:\n  - run: ls\n    at: here\n";

function troubles(text: string): readonly string[] {
  try {
    parseAuthored(text, "a.yaml", schema);
  } catch (thrown) {
    if (thrown instanceof AuthorError) return thrown.troubles;
    throw thrown;
  }
  return [];
}

describe("what an author wrote", () => {
  it("is read", () => {
    expect(troubles(GOOD)).toEqual([]);
  });

  it.each([
    [
      "a value that is not allowed",
      GOOD.replace("at: here", "at: her"),
      /^a\.yaml:4: steps\.0\.at: .*"here"\|"there"; found "her"$/,
    ],
    [
      "a field that there is not",
      GOOD.replace("run: ls", "runs: ls"),
      /^a\.yaml:3: steps\.0\.runs: there is no such field; did you mean run; there are: run, at$/m,
    ],
    [
      "a field that is missing",
      GOOD.replace(", en: A name", ""),
      /^a\.yaml:1: title\.en: is missing$/,
    ],
    ["a file that is no YAML", `${GOOD}  x: [`, /^a\.yaml:\d+: /],
    [
      "a file of another kind",
      "- a\n",
      /^a\.yaml:1: the whole: .*expected object.*; found \["a"\]$/,
    ],
  ])("%s is told with its line, its field and what is allowed", (_, text, told) => {
    expect(troubles(text).join("\n")).toMatch(told);
  });

  it("a file that is missing is told with what makes one", async () => {
    await expect(
      readAuthored("src/nowhere.yaml", schema, "npm run new writes one"),
    ).rejects.toThrow(/^src\/nowhere\.yaml: there is no such file: npm run new writes one$/);
  });

  it("an experiment's misspelt field is told with the one that was meant", () => {
    const text = "title: { zh: 一, en: A }\nintents: { zh: 一, en: A }\n";
    expect(() => parseAuthored(text, "e.yaml", experimentSchema)).toThrow(
      /^e\.yaml:2: intents: there is no such field; did you mean intent; there are: title, intent, /m,
    );
  });
});
