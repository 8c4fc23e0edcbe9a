import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page, type Route, test } from "@playwright/test";
import { GUEST } from "../../tools/lib/paths.ts";
import {
  CHINESE,
  ENGLISH,
  holds,
  LANGUAGES,
  lab,
  open as openPage,
  PATIENCE,
  state,
  type,
} from "./fixtures/lab.ts";

/** Contents of what machines read on first use; their index is beside these folders. */
const SHARED_FILES = /\/guest\/share\/[0-9a-f]{2}\//;

test.setTimeout(300_000);

const open = (page: Page, lang: string, id: string) =>
  openPage(page, `${lang}/experiments/${id}/`, id);

/**
 * Spoils requests until the function returned is called. Unlike `unroute`, which leaves a request that
 * is just being routed to wait for ever, this answers every one.
 */
async function spoil(page: Page, url: string | RegExp, how: (route: Route) => Promise<void>) {
  let spoilt = true;
  await page.route(url, (route) => (spoilt ? how(route) : route.continue()));
  return () => {
    spoilt = false;
  };
}

async function started(page: Page) {
  const experiment = await open(page, "en", "uts");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  return experiment;
}

test("the reader's own commands between steps do no harm", async ({ page }) => {
  const experiment = await started(page);
  await experiment.getByRole("button", { name: "One step" }).click();
  await expect(experiment.locator('.ok-step[data-state="ok"]')).toHaveCount(1, PATIENCE);
  await type(experiment, "cd /tmp && echo mine > note && cat note");
  await expect(experiment.locator(".xterm-rows").first()).toContainText("mine", PATIENCE);
  await experiment.locator(".xterm-helper-textarea").first().focus();
  await page.keyboard.type("half a comma");
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await holds(experiment, ENGLISH);
});

test("nothing is fetched or started before the reader asks", async ({ page }) => {
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  const experiment = await open(page, "en", "uts");
  // What the page begins by itself, it has begun when it has nothing else to do.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  const ofMachines = () =>
    fetched.filter((url) => /images\/guest|\.wasm|xterm|libv86/.test(new URL(url).pathname));
  expect(ofMachines()).toEqual([]);
  expect(page.workers()).toHaveLength(0);
  await expect(experiment.locator(".ok-machine-state")).toContainText("not started");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  expect(ofMachines().length).toBeGreaterThan(0);
});

test("a damaged file is named and refused, and Retry fetches it again", async ({ page }) => {
  const { lang, start, retry } = CHINESE;
  const manifest = JSON.parse(await readFile(join(GUEST, "manifest.json"), "utf8"));
  const { path, sha256 } = manifest.machines.linux.snapshot.state;
  const damaged = await readFile(join(GUEST, path));
  damaged.writeUInt8(damaged.readUInt8(5000) ^ 1, 5000);
  const mend = await spoil(page, `**/${path}`, (route) => route.fulfill({ body: damaged }));
  const experiment = await open(page, lang, "uts");
  await experiment.getByRole("button", { name: start }).click();
  await state(experiment, "failed");
  await expect(experiment.locator(".ok-trouble")).toContainText(path);
  await expect(experiment.locator(".ok-trouble")).toContainText(sha256);
  mend();
  await experiment.getByRole("button", { name: retry }).click();
  await state(experiment, "ready");
  await expect(experiment.locator(".ok-trouble")).toHaveCount(0);
});

test("a cut download says so, Retry goes on, and the page is not reloaded", async ({ page }) => {
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  const mend = await spoil(page, "**/engine/v86.*", (route) => route.abort("connectionreset"));
  const experiment = await open(page, "en", "uts");
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "failed");
  await expect(experiment.locator(".ok-trouble")).toContainText("broke off");
  mend();
  await experiment.getByRole("button", { name: ENGLISH.retry }).click();
  await state(experiment, "ready");
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  expect(fetched.filter((path) => path.includes("/linux/snapshot."))).toHaveLength(1);
});

test("a tool that cannot be fetched fails in its terminal and is explained", async ({ page }) => {
  const { lang, run } = ENGLISH;
  const mend = await spoil(page, SHARED_FILES, (route) => route.abort("internetdisconnected"));
  const experiment = await open(page, lang, "uts");
  await experiment.getByRole("button", { name: run }).click();
  await expect(experiment.locator(".ok-machine .ok-trouble")).toContainText("share/", PATIENCE);
  await expect(experiment.getByRole("button", { name: run })).toBeEnabled(PATIENCE);
  await expect(experiment.locator(".ok-verdict")).toContainText("proves nothing");
  await expect(experiment.locator(".ok-verdict-head")).toHaveCount(0);
  mend();
  await type(experiment, "unshare --uts echo recovered | tr a-z A-Z");
  await expect(experiment.locator(".xterm-rows").first()).toContainText("RECOVERED", PATIENCE);
});

test("the machine can be booted instead of restored", async ({ page }) => {
  const experiment = await open(page, "en", "uts");
  await experiment.getByRole("button", { name: "Boot it from power-on" }).click();
  await state(experiment, "ready");
  await expect(experiment.locator(".ok-machine-state")).toContainText("this boot took");
  await expect(experiment.locator(".xterm-rows").first()).toContainText("root@linux", PATIENCE);
});

test("a kernel panic is told with the console's last lines, and Restart mends it", async ({
  page,
}) => {
  const experiment = await started(page);
  await type(experiment, "echo c > /proc/sysrq-trigger");
  await state(experiment, "crashed");
  await expect(experiment.locator(".ok-trouble pre")).toContainText("Kernel panic - not syncing");
  await experiment.getByRole("button", { name: ENGLISH.restart }).click();
  await state(experiment, "ready");
  await expect(experiment.locator(".ok-trouble")).toHaveCount(0);
});

test("an emulator that breaks in mid-run is told as a crash, and Restart mends it", async ({
  page,
}) => {
  const experiment = await started(page);
  await experiment.getByRole("button", { name: ENGLISH.step }).click();
  await expect(experiment.locator('.ok-step[data-state="ok"]')).toHaveCount(1, PATIENCE);
  const [worker] = page.workers();
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await worker?.evaluate(() => {
    // In a task of its own, where nobody catches it.
    queueMicrotask(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
  });
  await state(experiment, "crashed");
  await expect(experiment.locator(".ok-machine .ok-trouble")).toContainText("emulator failed");
  await expect(experiment.locator(".ok-verdict")).toContainText("not judged", PATIENCE);
  await expect(experiment.locator(".ok-verdict-head")).toHaveCount(0);
  await experiment.getByRole("button", { name: ENGLISH.restart }).click();
  await state(experiment, "ready");
});

test("a browser without memory for the machine says so, and Retry tries again", async ({
  page,
}) => {
  let short = true;
  await page.route("**/worker-*.js", async (route) => {
    if (!short) return route.continue();
    short = false;
    const response = await route.fetch();
    const shortage = `{
      const instantiate = WebAssembly.instantiate;
      // The engine is compiled already; the decoder of the files is not.
      WebAssembly.instantiate = (what, imports) => what instanceof WebAssembly.Module
        ? Promise.reject(new RangeError("could not allocate memory"))
        : instantiate(what, imports);
    }`;
    await route.fulfill({ response, body: shortage + (await response.text()) });
  });
  const experiment = await open(page, "en", "uts");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "failed");
  await expect(experiment.locator(".ok-trouble")).toContainText("no memory");
  await experiment.getByRole("button", { name: ENGLISH.retry }).click();
  await state(experiment, "ready");
});

test("Pause, Resume, Restore and Reset do what they say", async ({ page }) => {
  const experiment = await started(page);
  await experiment.getByRole("button", { name: "Pause" }).click();
  await state(experiment, "paused");
  await experiment.getByRole("button", { name: "Resume" }).click();
  await state(experiment, "ready");
  await type(experiment, "hostname wrecked");
  for (const [button, way] of [
    ["Restore the snapshot", "restored in"],
    ["Reset", "this boot took"],
  ] as const) {
    await experiment.getByRole("button", { name: button, exact: true }).click();
    await expect(experiment.locator(".ok-machine-state")).not.toContainText("Ready");
    await state(experiment, "ready");
    await expect(experiment.locator(".ok-machine-state")).toContainText(way);
    await type(experiment, "hostname | tr a-z A-Z");
    await expect(experiment.locator(".xterm-rows").first()).toContainText("LINUX", PATIENCE);
    await type(experiment, "hostname wrecked");
  }
});

test("the machine pauses while the tab is hidden", async ({ page }) => {
  const experiment = await started(page);
  const show = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await show(true);
  await state(experiment, "paused");
  await show(false);
  await state(experiment, "ready");
});

test("the worker ends when the reader leaves the page", async ({ page }) => {
  await started(page);
  expect(page.workers().length).toBeGreaterThan(0);
  // Leaving for the back/forward cache keeps the document alive: the event must be enough.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
  await expect.poll(() => page.workers().length).toBe(0);
  await state(lab(page, "uts"), "idle");
  await lab(page, "uts").getByRole("button", { name: ENGLISH.start }).click();
  await state(lab(page, "uts"), "ready");
  await page.goto("en/");
  expect(page.workers()).toHaveLength(0);
});

for (const missing of ["WebAssembly", "Worker"]) {
  test(`without ${missing} the page says so and stays readable`, async ({ page }) => {
    await page.addInitScript((name) => {
      Reflect.deleteProperty(globalThis, name);
    }, missing);
    const experiment = await open(page, "en", "uts");
    await experiment.getByRole("button", { name: ENGLISH.run }).click();
    await state(experiment, "failed");
    await expect(experiment.locator(".ok-trouble")).toContainText(missing);
    await expect(experiment.locator(".ok-step").first()).toContainText("hostname");
    await expect(experiment.locator('.ok-step:not([data-state="waiting"])')).toHaveCount(0);
    await expect(experiment.locator(".ok-verdict-head")).toHaveCount(0);
  });
}

test("without JavaScript the recording can be read, and says that it is one", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    ...(baseURL && { baseURL }),
  });
  const page = await context.newPage();
  for (const { lang, run } of LANGUAGES) {
    await page.goto(`${lang}/experiments/uts/`);
    const experiment = lab(page, "uts");
    await expect(experiment.getByRole("button", { name: run })).toBeDisabled();
    await expect(experiment.locator(".ok-step").nth(1)).toContainText("unshare --uts bash");
    const { recorded } = JSON.parse(
      await readFile("src/content/transcripts/uts/run.json", "utf8"),
    ) as { recorded: string };
    const output = experiment.locator(".ok-output").first();
    await expect(output.locator("summary")).toContainText(recorded.slice(0, 10));
    await expect(output.locator("pre")).toHaveText("linux");
    await expect(output.locator("pre")).toBeVisible();
    await expect(experiment.locator(".ok-lab-actions .ok-note")).toContainText("JavaScript");
    await expect(experiment.locator('.ok-step:not([data-state="waiting"])')).toHaveCount(0);
  }
  await context.close();
});

test("the terminal's text can be copied, text pasted, and lines announced", async ({ page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const experiment = await started(page);
  const outside = experiment.locator(".ok-terminal").first();
  await page.evaluate(() => navigator.clipboard.writeText("echo pa'ste'd"));
  await outside.getByRole("button", { name: "Paste" }).click();
  // Reading the clipboard takes a moment.
  await expect(outside.locator(".xterm-rows")).toContainText("echo pa'ste'd", PATIENCE);
  await page.keyboard.press("Enter");
  await expect(outside.locator(".xterm-rows")).toContainText("pasted", PATIENCE);
  await outside.getByRole("button", { name: "Copy" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/echo pa'ste'd\npasted\nroot@linux:~#$/);

  const announce = outside.getByRole("button", { name: "Screen reader mode" });
  await announce.click();
  await expect(announce).toHaveAttribute("aria-pressed", "true");
  await type(experiment, "echo heard");
  await expect(outside.locator(".xterm-accessibility")).toContainText("heard", PATIENCE);
});

test("the terminal follows the site's theme and says how to leave it", async ({ page }) => {
  const experiment = await started(page);
  const area = experiment.locator(".xterm-helper-textarea").first();
  await expect(area).toHaveAttribute("aria-label", /Shift\+Tab/);
  const ground = () =>
    experiment
      .locator(".xterm-scrollable-element")
      .first()
      .evaluate((element) => getComputedStyle(element).backgroundColor);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "light"));
  const light = await ground();
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  await expect.poll(ground).not.toBe(light);
  await area.focus();
  await page.keyboard.press("Shift+Tab");
  await expect(area).not.toBeFocused();
});
