import { test } from "@playwright/test";
import { CHINESE, holds, open } from "./fixtures/lab.ts";

/** What `npm start` serves while a contributor writes, rather than the built site. */
test.setTimeout(300_000);

test("npm start serves the book with its experiments working", async ({ page }) => {
  const experiment = await open(page, "zh/namespaces/", "uts");
  await experiment.locator(".ok-primary").click();
  await holds(experiment, CHINESE);
});
