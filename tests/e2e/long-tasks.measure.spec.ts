import { expect, type Locator, test } from "@playwright/test";
import { instrument, live, open } from "./fixtures/gallery.ts";
import { PATIENCE } from "./fixtures/lab.ts";

test.setTimeout(300_000);
// Playwright's own recorder copies the whole page at each step, in a task of the page.
test.use({ trace: "off" });

/** A task longer than this holds up the page: https://www.w3.org/TR/longtasks-1/ */
const LONG_TASK_MS = 50;
/** How often the ring meter, which is drawn at each reading, is watched after a boot: a second or so. */
const REDRAWS = 5;

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
    await redraws(bar, REDRAWS);
    const tasks = mainThreadTasks(await browser.stopTracing());
    expect(tasks.length).toBeGreaterThan(100);
    expect(Math.max(...tasks), button).toBeLessThanOrEqual(LONG_TASK_MS);
  }
  await live(page, "ring-meter");
  await live(page, "boot-timeline");
});

/** Waits until an instrument's picture has changed so many times. */
function redraws(bar: Locator, times: number): Promise<void> {
  return bar.locator(".ok-picture").evaluate(
    (picture, wanted) =>
      new Promise<void>((resolve) => {
        let left = wanted;
        const observer = new MutationObserver(() => {
          left -= 1;
          if (left > 0) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(picture, { subtree: true, childList: true, attributes: true });
      }),
    times,
  );
}

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
