import { expect, type Page, test } from "@playwright/test";
import { BROWSER_ARGS } from "../../tools/lib/test-setup.ts";
import { ENGLISH, open, PATIENCE, state, type } from "./fixtures/lab.ts";

/** As a teacher's laptop is called in a classroom: no https, and not the reader's own computer. */
const CLASSROOM = "classroom.test";

test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({
      ...launchOptions,
      args: [...BROWSER_ARGS, `--host-resolver-rules=MAP ${CLASSROOM} localhost`],
    }),
});

/** The page of an experiment at the classroom's address, with its machine running. */
async function inClass(page: Page, baseURL: string | undefined) {
  const site = new URL(baseURL ?? "");
  site.hostname = CLASSROOM;
  const experiment = await open(page, `${site}en/experiments/uts/`, "uts");
  // What makes it differ from the same page at localhost.
  expect(await page.evaluate(() => [isSecureContext, "clipboard" in navigator])).toEqual([
    false,
    false,
  ]);
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  return experiment;
}

test("at plain http, Copy and Ctrl+Shift+C copy, and Ctrl+V is named where Paste cannot be", async ({
  page,
  baseURL,
}) => {
  const experiment = await inClass(page, baseURL);
  const outside = experiment.locator(".ok-terminal").first();
  await type(experiment, "echo copied by button | tr a-z A-Z");
  await expect(outside.locator(".xterm-rows")).toContainText("COPIED BY BUTTON", PATIENCE);
  await outside.getByRole("button", { name: "Copy" }).click();
  await expect(outside.getByRole("status")).toHaveText("Copied.");
  await expect(outside.getByRole("button", { name: "Copy" })).toBeFocused();

  // The browser's own way of pasting shows what is in the clipboard.
  await experiment.getByText(ENGLISH.notes).click();
  const notes = experiment.getByRole("textbox", { name: ENGLISH.notes });
  await notes.press("Control+V");
  await expect(notes).toHaveValue(/COPIED BY BUTTON\nroot@linux:~#$/);

  // Three clicks select a line.
  const line = outside.locator(".xterm-rows > div", { hasText: /^COPIED BY BUTTON/ });
  await line.scrollIntoViewIfNeeded();
  const { x = 0, y = 0, height = 0 } = (await line.boundingBox()) ?? {};
  // xterm.js takes the pointer's events above its lines.
  await page.mouse.click(x + height, y + height / 2, { clickCount: 3 });
  await page.keyboard.press("Control+Shift+C");
  await expect(outside.locator(".xterm-helper-textarea")).toBeFocused();
  await notes.fill("");
  await notes.press("Control+V");
  await expect(notes).toHaveValue("COPIED BY BUTTON");

  await expect(outside.getByRole("button", { name: "Paste" })).toHaveCount(0);
  await expect(outside).toContainText("Paste: Ctrl+V");
  await notes.fill("echo pasted by key");
  await notes.press("Control+A");
  await notes.press("Control+C");
  await outside.locator(".xterm-helper-textarea").focus();
  await page.keyboard.press("Control+V");
  await expect(outside.locator(".xterm-rows")).toContainText("echo pasted by key", PATIENCE);
});

test("what the browser refuses to copy stays selected, and a way is named", async ({
  page,
  baseURL,
}) => {
  await page.addInitScript(() => {
    document.execCommand = () => false;
  });
  const experiment = await inClass(page, baseURL);
  const outside = experiment.locator(".ok-terminal").first();
  await outside.getByRole("button", { name: "Copy" }).click();
  await expect(outside.getByRole("status")).toContainText("right-click it, and choose Copy");
});

test("a clipboard that may not be read is said so, and Ctrl+V named", async ({ page }) => {
  const experiment = await open(page, "en/experiments/uts/", "uts");
  await page.context().clearPermissions();
  await page.evaluate(() => {
    navigator.clipboard.readText = () =>
      Promise.reject(new DOMException("denied", "NotAllowedError"));
  });
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "ready");
  const outside = experiment.locator(".ok-terminal").first();
  await outside.getByRole("button", { name: "Paste" }).click();
  await expect(outside.getByRole("status")).toContainText("Press Ctrl+V");
  await expect(outside.locator(".xterm-helper-textarea")).toBeFocused();
});
