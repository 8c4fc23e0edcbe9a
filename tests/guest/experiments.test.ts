import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { experimentIds } from "../../src/lab/load.ts";
import { EXPERIMENTS } from "../../tools/lib/paths.ts";
import { CAUGHT, FALSE } from "./false/caught.ts";

/** Each is a test file itself; see experiments-plugin.ts. */
it("every experiment has the file that is its test", async () => {
  const ids = await experimentIds(EXPERIMENTS);
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids) expect(existsSync(join(EXPERIMENTS, id, "experiment.yaml")), id).toBe(true);
});

it("there is one that says what is not so for each way to be caught", async () => {
  const folders = readdirSync(FALSE, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(CAUGHT).sort());
});
