import { expect, type Locator, type Page, test } from "@playwright/test";
import { IDS, instrument, live, open } from "./fixtures/gallery.ts";
import { ENGLISH, LANGUAGES, lab, PATIENCE, state, type } from "./fixtures/lab.ts";

test.setTimeout(300_000);

/** Longer than an instrument waits for an answer before it says that none comes (`use-agent.ts`). */
const SILENT_MS = 20_000;

/** Starts the page's machine where its terminal is shown. */
async function started(page: Page): Promise<Locator> {
  const experiment = lab(page, "same-process");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  return experiment;
}

test("all eight are on the page in both languages, drawn from recordings without scripts", async ({
  browser,
  baseURL,
}) => {
  expect(IDS).toHaveLength(8);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: String(baseURL) });
  const page = await context.newPage();
  for (const { lang } of LANGUAGES) {
    await page.goto(`${lang}/lab/`);
    for (const id of IDS) {
      const figure = instrument(page, id);
      await expect(figure, id).toHaveAttribute("data-live", "false");
      await expect(figure.locator(".ok-origin"), id).toContainText(/\d{4}-\d\d-\d\d/);
      // The table behind the picture has figures, open or not.
      expect(await figure.locator(".ok-table tbody tr").count(), id).toBeGreaterThan(0);
    }
  }
  await context.close();
});

test("the pictures say that the agent is silent, take no nonsense, and recover", async ({
  page,
}) => {
  // The page's own time can be let pass; the machine's is in its worker.
  await page.clock.install();
  await open(page);
  const machine = await started(page);
  const trouble = instrument(page, "namespace-map").locator(".ok-trouble");
  await live(page, "namespace-map");
  // Whoever is root in the guest can write to the agent's port.
  await type(machine, "head -c 100000 /dev/urandom > /dev/hvc3");
  await live(page, "namespace-map");
  await expect(trouble).toHaveCount(0, PATIENCE);
  await type(machine, "pkill -STOP agent; echo silen'ced'");
  await expect(machine.locator(".xterm-rows").first()).toContainText("silenced", PATIENCE);
  await page.clock.runFor(SILENT_MS);
  await expect(trouble).toBeVisible(PATIENCE);
  await type(machine, "pkill -CONT agent");
  await expect(trouble).toHaveCount(0, PATIENCE);
  await live(page, "namespace-map");
});

test("a crash takes every picture back to its recording, and a restart brings it to life", async ({
  page,
}) => {
  await open(page);
  const machine = await started(page);
  for (const id of ["ring-meter", "trap-counter", "namespace-map"]) await live(page, id);
  await type(machine, "echo c > /proc/sysrq-trigger");
  await state(machine, "crashed");
  for (const id of ["ring-meter", "trap-counter", "namespace-map"]) {
    await live(page, id, false);
    await expect(instrument(page, id).getByText("The kernel crashed").first()).toBeVisible();
  }
  await machine.getByRole("button", { name: ENGLISH.restart }).click();
  await state(machine, "ready");
  for (const id of ["ring-meter", "trap-counter", "namespace-map"]) await live(page, id);
});

test("a container that is started appears on the map, and goes when it ends", async ({ page }) => {
  await open(page);
  await started(page);
  const map = instrument(page, "namespace-map");
  await live(page, "namespace-map");
  await map.getByRole("button", { name: "Start a container" }).click();
  await expect(map.locator(".ok-picture")).toContainText("container", PATIENCE);
  await map.getByRole("button", { name: "End all containers" }).click();
  await expect(map.locator(".ok-picture")).not.toContainText("container", PATIENCE);
});
