import { describe, expect, it } from "vitest";
import { reach } from "../../tools/test/reach.ts";
import { stageNames } from "../../tools/test/stages.ts";

const of = (...files: string[]) => reach({ base: "0123456789abcdef", files });

describe("what a change can reach", () => {
  it("is nothing where nothing has changed", () => {
    expect(of()).toMatchObject({ stages: [], why: expect.stringContaining("01234567") });
  });

  it("is, of a chapter, its pages in both languages and what the book is as a whole", () => {
    const { stages, scope, why } = of("src/content/docs/en/hypervisors.mdx");
    expect(stages).toEqual(["lint", "unit", "machines", "build", "pdf", "book", "pages", "e2e"]);
    expect(scope.pages).toContain("/(zh|en)/hypervisors/");
    expect(scope.specs).toEqual(["tests/e2e/site-base.spec.ts"]);
    expect(why).toMatch(
      /^Changed since 01234567: src\/content\/docs\/en\/hypervisors.mdx\. It reaches lint,/,
    );
  });

  it("is, of an experiment, its own test, its pages and chapters, and browser tests that name it", () => {
    const { stages, scope } = of("src/content/experiments/uts/experiment.yaml");
    expect(stages).toContain("guest");
    expect(stages).not.toContain("measure");
    expect(scope.vitest?.guest).toEqual(["--changed=0123456789abcdef"]);
    expect(scope.pages).toContain("/(zh|en)/namespaces/");
    expect(scope.specs).toContain("tests/e2e/lab.spec.ts");
    expect(scope.specs).not.toContain("tests/e2e/docker.spec.ts");
  });

  it("is, of an exercise, the test of exercises alone", () => {
    const { scope } = of("src/content/exercises/rings-calls.yaml");
    expect(scope.vitest?.guest).toEqual(["tests/guest/exercises.test.ts"]);
    expect(
      of("src/content/exercises/rings-calls.yaml", "tests/guest/crun.test.ts").scope.vitest?.guest,
    ).toBeUndefined();
  });

  it("is, of a test, that test", () => {
    expect(of("tests/e2e/docker.spec.ts").scope.specs).toEqual(["tests/e2e/docker.spec.ts"]);
    expect(of("tests/unit/pool.test.ts")).toMatchObject({
      stages: ["lint", "types", "unit"],
      scope: { vitest: { unit: ["--changed=0123456789abcdef"] } },
    });
  });

  it("is everything for the machine, the lab, the tools' library, and what nobody has thought of", () => {
    for (const file of [
      "src/machine/machine.ts",
      "src/lab/run.ts",
      "guest/machines/linux.json",
      "x",
    ])
      expect(of("tests/unit/pool.test.ts", file), file).toMatchObject({
        stages: stageNames,
        scope: {},
      });
  });

  it("is narrowed only where all changes narrow it", () => {
    const page = "src/content/docs/zh/rings.mdx";
    expect(of(page, "src/components/lab/lab.css").scope.pages).toBeUndefined();
    expect(of(page, "src/content/docs/en/images.mdx").scope.pages).toEqual([
      "/(zh|en)/rings/",
      "/(zh|en)/references/",
      "/(zh|en)/images/",
    ]);
  });
});
