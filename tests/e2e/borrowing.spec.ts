import { expect, test } from "@playwright/test";
import { instrument, live } from "./fixtures/gallery.ts";
import { CHINESE, ENGLISH, holds, lab, open, PATIENCE, state, type } from "./fixtures/lab.ts";

/** A chapter's page, and what borrows its one machine, one beside the other. What needs no browser is in tests/unit/session.test.ts. */
test.setTimeout(300_000);

const PAGE = "en/namespaces/";
/** What needs no neighbour: a page that is laid out in a fraction of the time. */
const ALONE = "en/experiments/uts/";

test.describe("with commands typed before the reader's eyes", () => {
  test.use({ contextOptions: { reducedMotion: "no-preference" } });

  test("an experiment of a chapter runs and holds", async ({ page }) => {
    const experiment = await open(page, "zh/namespaces/", "uts");
    await experiment.getByRole("button", { name: CHINESE.run }).click();
    // Typed where the reader sees it, in the second terminal.
    await expect(experiment.locator(".xterm-rows").nth(1)).toContainText("unshare --", PATIENCE);
    await holds(experiment, CHINESE);
  });
});

test("two experiments share one machine and one worker, and the terminals move along", async ({
  page,
}) => {
  const uts = await open(page, PAGE, "uts");
  await uts.getByRole("button", { name: ENGLISH.start }).click();
  await state(uts, "ready");
  const booted = await uts.locator(".ok-machine-state").textContent();
  const pid = lab(page, "pid");
  await pid.scrollIntoViewIfNeeded();
  await pid.getByRole("button", { name: ENGLISH.run }).click();
  await holds(pid, ENGLISH);
  expect(await pid.locator(".ok-machine-state").textContent()).toBe(booted);
  await expect(uts.locator(".xterm")).toHaveCount(0);
  await expect(uts.locator(".ok-terminal-empty")).toHaveCount(2);
});

test("a container that the map has started does not make an experiment false", async ({ page }) => {
  const pid = await open(page, PAGE, "pid");
  const map = instrument(page, "namespace-map");
  await pid.getByRole("button", { name: ENGLISH.start }).click();
  await state(pid, "ready");
  await map.scrollIntoViewIfNeeded();
  await live(page, "namespace-map");
  await map.getByRole("button", { name: "Start a container" }).click();
  await expect(map.locator(".ok-picture")).toContainText("container", PATIENCE);
  await pid.getByRole("button", { name: ENGLISH.run }).click();
  await holds(pid, ENGLISH);
  const title = await map.locator(".ok-lab-head h2").textContent();
  await expect(pid.locator(".ok-verdict")).toContainText(`“${title}” had used the machine`);
});

test("whoever has the machine is named where another wants it", async ({ page }) => {
  const uts = await open(page, PAGE, "uts");
  const pid = lab(page, "pid");
  await pid.scrollIntoViewIfNeeded();
  await uts.getByRole("button", { name: ENGLISH.run }).click();
  // It stands still at its question, and has given the machine back.
  await expect(uts.locator('.ok-predict[data-asking="true"]')).toBeVisible(PATIENCE);
  await expect(pid.getByRole("button", { name: ENGLISH.run })).toBeEnabled();
  await type(uts, "sleep 1000");
  await uts.getByRole("button", { name: ENGLISH.step }).click();
  await uts.getByRole("button", { name: "Go on without a guess" }).click();
  await expect(uts.locator(".ok-verdict .ok-trouble")).toContainText("shows no prompt", PATIENCE);
  // The advice works in that very case.
  await uts.getByRole("button", { name: "Start again at the checkpoint" }).click();
  await holds(uts, ENGLISH);
});

// The other ways to leave the line editor: tests/guest/line-editor.test.ts.
test("a quote that the reader left open before Run does not make it false", async ({ page }) => {
  const uts = await open(page, ALONE, "uts");
  await uts.getByRole("button", { name: ENGLISH.start }).click();
  await state(uts, "ready");
  await type(uts, "echo it's");
  await uts.getByRole("button", { name: ENGLISH.run }).click();
  await holds(uts, ENGLISH);
  await expect(uts.locator(".ok-verdict")).toContainText("You had typed into the machine");
});

test("a phone's key bar does not go around the lock while a run types", async ({
  browser,
  baseURL,
}) => {
  const size = { width: 390, height: 844 };
  const page = await browser.newPage({
    viewport: size,
    hasTouch: true,
    isMobile: true,
    reducedMotion: "no-preference",
    baseURL: String(baseURL),
  });
  const uts = await open(page, ALONE, "uts");
  await uts.getByRole("button", { name: ENGLISH.step }).click();
  await expect(uts.locator('.ok-step[data-state="ok"]')).toHaveCount(1, PATIENCE);
  await uts.getByRole("button", { name: ENGLISH.step }).click();
  const keys = uts.locator(".ok-keys").nth(1);
  // Typed letter by letter: from the first one on the line is the run's.
  await expect(uts.locator(".xterm-rows").nth(1)).toContainText("unsh", PATIENCE);
  for (const key of ["Tab", "Ctrl D", "Esc"]) await keys.getByRole("button", { name: key }).tap();
  await expect(uts.locator('.ok-step[data-state="ok"]')).toHaveCount(2, PATIENCE);
  await uts.getByRole("button", { name: ENGLISH.run }).click();
  await holds(uts, ENGLISH);
  await page.close();
});

test("Stop ends a download that stalls, and the run can be begun again", async ({ page }) => {
  let stalls = true;
  const held: (() => Promise<void>)[] = [];
  await page.route("**/linux/snapshot.*", async (route) => {
    // Never answered: no bytes, no error.
    if (stalls) held.push(() => route.abort());
    else await route.continue();
  });
  const uts = await open(page, ALONE, "uts");
  await uts.getByRole("button", { name: ENGLISH.run }).click();
  await state(uts, "downloading");
  await uts.getByRole("button", { name: "Stop" }).click();
  await state(uts, "idle");
  await expect(uts.locator(".ok-verdict")).toContainText("Stopped");
  await uts.getByRole("button", { name: ENGLISH.start }).click();
  await state(uts, "downloading");
  await uts.getByRole("button", { name: "Cancel" }).click();
  await state(uts, "idle");
  stalls = false;
  await uts.getByRole("button", { name: ENGLISH.run }).click();
  await holds(uts, ENGLISH);
  for (const abort of held) await abort().catch(() => {});
});
