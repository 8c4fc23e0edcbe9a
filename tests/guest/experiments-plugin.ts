import { basename, dirname } from "node:path";
import type { Plugin } from "vitest/config";

const TESTS = "/tests/guest/experiment-test.ts";

/**
 * Makes each experiment's file a test file: as many at a time as there are workers, the longest first,
 * and after a change of one, `vitest --changed` runs that one.
 */
export function experimentsAreTests(): Plugin {
  return {
    name: "experiments-are-tests",
    load(path) {
      if (basename(path) !== "experiment.yaml") return null;
      const id = basename(dirname(path));
      const test = basename(dirname(dirname(path))) === "false" ? "isCaught" : "holds";
      return `import { ${test} } from "${TESTS}"; ${test}(${JSON.stringify(id)});`;
    },
  };
}
