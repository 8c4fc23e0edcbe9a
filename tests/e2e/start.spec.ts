import { expect, test } from "@playwright/test";

/** What `npm start` serves while a contributor writes, rather than the built site. */
test.setTimeout(300_000);

test("npm start serves the book with its experiments working", async ({ page }) => {
  for (const lang of ["zh", "en"]) {
    await page.goto(`${lang}/namespaces/`);
    const experiment = page.locator('[data-experiment="uts"]');
    await experiment.scrollIntoViewIfNeeded();
    const run = experiment.locator(".ok-primary");
    await expect(run).toBeEnabled({ timeout: 60_000 });
    await run.click();
    await expect(experiment.locator(".ok-verdict-head")).toHaveAttribute("data-ok", "true", {
      timeout: 120_000,
    });
  }
});
