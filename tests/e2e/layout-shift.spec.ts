import { expect, type Page, test } from "@playwright/test";
import { ENGLISH, open, PATIENCE, state } from "./fixtures/lab.ts";

test.setTimeout(300_000);
// Commands are typed as for most readers.
test.use({ contextOptions: { reducedMotion: "no-preference" } });

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const [name, size] of Object.entries(SIZES))
  test(`nothing on the page moves when a demo starts (${name})`, async ({ page }) => {
    await page.setViewportSize(size);
    const experiment = await open(page, "en/namespaces/", "uts");
    const shifts = await watchLayout(page);
    await experiment.getByRole("button", { name: ENGLISH.start }).click();
    await state(experiment, "ready");
    const terminal = experiment.locator(".xterm-rows").first();
    await terminal.scrollIntoViewIfNeeded();
    await expect(terminal).toContainText("# ", PATIENCE);
    expect(await shifts()).toEqual([]);
  });

/** What moves from now on without the reader scrolling: by how much, and which elements. */
async function watchLayout(page: Page): Promise<() => Promise<object[]>> {
  const log = await page.evaluateHandle(() => {
    const moved: { value: number; nodes: string[] }[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[])
        moved.push({
          value: entry.value,
          nodes: entry.sources.map(
            ({ node }) => (node as Element | null)?.outerHTML?.slice(0, 120) ?? "text",
          ),
        });
    });
    observer.observe({ type: "layout-shift" });
    return moved;
  });
  return () => log.jsonValue();
}

/** Of the Layout Instability API, which TypeScript's DOM does not have. */
interface LayoutShift extends PerformanceEntry {
  value: number;
  sources: { node: Node | null }[];
}
