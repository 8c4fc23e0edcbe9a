import { type Browser, expect, type Locator, type Page, test } from "@playwright/test";
import { instrument, live, open } from "./fixtures/gallery.ts";
import { PATIENCE } from "./fixtures/lab.ts";

test.setTimeout(300_000);
// Playwright's own recorder copies the whole page at each step, in a task of the page.
test.use({ trace: "off" });

/**
 * Lines of a text that is laid out and drawn in one task. A task of more than 50 ms holds up a page
 * (https://www.w3.org/TR/longtasks-1/); how much work that is differs between computers, and on one
 * from hour to hour, by a factor of two. These lines took 65 to 72 ms where boots' longest tasks took
 * 25 to 50.
 */
const LINES = 1600;
/** How often they are laid out, as the longest tasks of that time; the middle one counts. */
const TIMES = 3;
/** How often the ring meter, which is drawn at each reading, is watched after a boot: a second or so. */
const REDRAWS = 5;

test("no task holds up the page while a machine boots with all of them on the screen", async ({
  browser,
  page,
}) => {
  await open(page);
  const bar = instrument(page, "ring-meter");
  const known = (await longest(browser, page, () => work(page)))[TIMES >> 1];
  if (!known) throw new Error("no task of known work was traced");
  for (const button of ["Boot it from power-on", "Reset"]) {
    const tasks = await longest(browser, page, async () => {
      await bar.getByRole("button", { name: button, exact: true }).click();
      await expect(bar.locator(".ok-machine")).toHaveAttribute("data-state", "booting", PATIENCE);
      await expect(bar.locator(".ok-machine")).toHaveAttribute("data-state", "ready", PATIENCE);
      await redraws(bar, REDRAWS);
    });
    expect(tasks.length).toBeGreaterThan(100);
    expect(tasks[0], `${button}; known work: ${known} ms`).toBeLessThanOrEqual(known);
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

/** Milliseconds of each task of the page's main thread while something goes on, the longest first. */
async function longest(browser: Browser, page: Page, doing: () => Promise<unknown>) {
  await browser.startTracing(page, { categories: ["toplevel"] });
  await doing();
  const tasks = mainThreadTasks(await browser.stopTracing());
  return tasks.toSorted((a, b) => b - a);
}

/** Frames of known work, as most of the page's own is: a text is laid out and drawn anew for each. */
function work(page: Page): Promise<void> {
  return page.evaluate(
    async ({ lines, times }) => {
      const place = document.createElement("div");
      document.body.append(place);
      for (let frame = 0; frame < times; frame += 1) {
        await new Promise(requestAnimationFrame);
        place.innerHTML = Array.from(
          { length: lines },
          (_, line) => `<p>${frame} ${line} <b>text</b></p>`,
        ).join("");
      }
      await new Promise(requestAnimationFrame);
      place.remove();
    },
    { lines: LINES, times: TIMES },
  );
}
