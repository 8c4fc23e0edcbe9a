import { expect, type Locator, type Page, test } from "@playwright/test";
import { instruments } from "../../src/lab/instruments/index.ts";
import { ENGLISH, LANGUAGES, lab, PATIENCE, state, type } from "./fixtures/lab.ts";

test.setTimeout(300_000);

/** A task longer than this holds up the page: https://www.w3.org/TR/longtasks-1/ */
const LONG_TASK_MS = 50;
/** High enough for all of them at once. */
const TALL = { width: 1280, height: 12_000 };
const IDS = instruments.map(({ id }) => id);

const instrument = (page: Page, id: string) => page.locator(`[data-instrument="${id}"]`);

/** The gallery, with every instrument on the screen and alive. */
async function open(page: Page, lang = "en"): Promise<void> {
  await page.setViewportSize(TALL);
  await page.goto(`${lang}/lab/`);
  for (const id of IDS)
    await expect(instrument(page, id).locator("button:enabled").first()).toBeVisible(PATIENCE);
}

/** Starts the page's machine where its terminal is shown. */
async function started(page: Page): Promise<Locator> {
  const experiment = lab(page, "same-process");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  return experiment;
}

const live = (page: Page, id: string, is = true) =>
  expect(instrument(page, id)).toHaveAttribute("data-live", String(is), PATIENCE);

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

test.describe("while a machine boots", () => {
  // Playwright's own recorder copies the whole page at each step, in a task of the page.
  test.use({ trace: "off" });

  test("no task holds up the page while a machine boots with all of them on the screen", async ({
    browser,
    page,
  }) => {
    await open(page);
    const bar = instrument(page, "ring-meter");
    for (const button of ["Boot it from power-on", "Reset"]) {
      await browser.startTracing(page, { categories: ["toplevel"] });
      await bar.getByRole("button", { name: button, exact: true }).click();
      await expect(bar.locator(".ok-machine")).toHaveAttribute("data-state", "booting", PATIENCE);
      await expect(bar.locator(".ok-machine")).toHaveAttribute("data-state", "ready", PATIENCE);
      await page.waitForTimeout(1000);
      const tasks = mainThreadTasks(await browser.stopTracing());
      expect(tasks.length).toBeGreaterThan(100);
      expect(Math.max(...tasks), button).toBeLessThanOrEqual(LONG_TASK_MS);
    }
    await live(page, "ring-meter");
    await live(page, "boot-timeline");
  });
});

/** What a trace of Chromium has of one event, times in microseconds. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  tdur?: number;
  args: { name?: string };
}

/**
 * Milliseconds that each task of the page's main thread took of a processor. Its time on the clock
 * would count others, too: the machine's worker and all else that runs on this computer.
 */
function mainThreadTasks(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(thread),
  );
  return traceEvents
    .filter((event) => event.name === "ThreadControllerImpl::RunTask" && mains.has(thread(event)))
    .map(({ tdur = 0 }) => tdur / 1000);
}

test("the pictures say that the agent is silent, take no nonsense, and recover", async ({
  page,
}) => {
  await open(page);
  const machine = await started(page);
  await live(page, "namespace-map");
  // Whoever is root in the guest can write to the agent's port.
  await type(machine, "head -c 100000 /dev/urandom > /dev/hvc3");
  await live(page, "namespace-map");
  await expect(instrument(page, "namespace-map").locator(".ok-trouble")).toHaveCount(0, PATIENCE);
  await type(machine, "pkill -STOP agent");
  await expect(instrument(page, "namespace-map").locator(".ok-trouble")).toBeVisible(PATIENCE);
  await type(machine, "pkill -CONT agent");
  await expect(instrument(page, "namespace-map").locator(".ok-trouble")).toHaveCount(0, PATIENCE);
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
