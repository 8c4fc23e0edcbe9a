import { test } from "@playwright/test";
import { holds, LANGUAGES, open } from "./fixtures/lab.ts";

/** What `npm start` serves while a contributor writes, rather than the built site. */
test.setTimeout(300_000);

test("npm start serves the book with its experiments working", async ({ page }) => {
  for (const words of LANGUAGES) {
    const experiment = await open(page, `${words.lang}/namespaces/`, "uts");
    await experiment.locator(".ok-primary").click();
    await holds(experiment, words);
  }
});
