import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The file that takes longest comes first: begun last, it would keep one of two workers waiting. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const late = ({ moduleId }: TestSpecification) =>
      !moduleId.endsWith("guest/experiments.test.ts");
    return files.toSorted((a, b) => Number(late(a)) - Number(late(b)));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: "unit", include: ["tests/unit/**/*.test.ts"] } },
      {
        test: {
          name: "guest",
          include: ["tests/guest/**/*.test.ts"],
          // Each file's machines keep a core busy.
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      // Looks at what `npm run pdf` has made of the built site.
      { test: { name: "bundle", include: ["tests/bundle/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "pdf", include: ["tests/pdf/**/*.test.ts"], testTimeout: 300_000 } },
    ],
  },
});
