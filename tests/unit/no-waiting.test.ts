import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../../tools/lib/paths.ts";

/**
 * Part of a second to 59 seconds, in what a test types into a guest. Longer ones are programs to be
 * looked at, and `sleep 0` is one that ends at once. The rest of the rule is in biome.json.
 */
const WAITS = /\bsleep (\d*\.\d+|[1-9]|[1-5]\d)(?![\d.])/;

it("no test waits in the guest for a time: it waits for the thing itself", () => {
  const files = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith("no-waiting.test.ts"))
    .sort();
  expect(files.length).toBeGreaterThan(50);
  const waiting = files.flatMap((file) =>
    readFileSync(join(ROOT, "tests", file), "utf8")
      .split("\n")
      .flatMap((line, index) => (WAITS.test(line) ? `tests/${file}:${index + 1}: ${line}` : [])),
  );
  expect(
    waiting,
    "let the guest say that it has come to pass: `until grep -q … ; do :; done`, or expect.poll on its answer",
  ).toEqual([]);
});

it("a guest that sleeps for a time is found, one that only is asleep is not", () => {
  for (const line of ["sleep 0.2", "(sleep 1; x)", "sleep .5 &", "do sleep 10; done"])
    expect(line).toMatch(WAITS);
  for (const line of ["sleep 1000 &", "sleep 0 &", "sleep 60", "sleep infinity"])
    expect(line).not.toMatch(WAITS);
});
