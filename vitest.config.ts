import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
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
