import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
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

/** One of each kind, in either language: a container, two machines of one system, of two, a measured boot. */
const EXPERIMENTS = [
  ["same-process", CHINESE],
  ["two-kernels", ENGLISH],
  ["two-oses", CHINESE],
  ["race", ENGLISH],
] as const;

test.setTimeout(300_000);

const open = (page: Page, lang: string, id: string) =>
  openPage(page, `${lang}/experiments/${id}/`, id);

for (const [id, words] of EXPERIMENTS)
  test(`${id} holds on its page (${words.lang})`, async ({ page }) => {
    const experiment = await open(page, words.lang, id);
    await experiment.getByRole("button", { name: words.run }).click();
    await holds(experiment, words);
    const machines = await experiment.locator(".ok-machine").count();
    if (id.startsWith("two-")) expect(machines).toBe(2);
    // Each has another, from a blob: v86 keeps time in it.
    const workers = page.workers().filter((worker) => /worker-/.test(worker.url()));
    expect(workers).toHaveLength(machines);
  });

for (const words of LANGUAGES)
  test(`every control is named in the page's language (${words.lang})`, async ({ page }) => {
    const experiment = await open(page, words.lang, "uts");
    for (const name of [words.run, words.step, words.play])
      await expect(experiment.getByRole("button", { name })).toBeVisible();
    await experiment.getByRole("button", { name: words.start }).click();
    await expect(experiment.getByRole("button", { name: words.checkpoint })).toBeVisible(PATIENCE);
    await expect(experiment.getByText(words.notes)).toBeVisible();
    await expect(
      experiment.locator(".ok-predict").getByRole("button", { name: words.answer }),
    ).toBeAttached();
  });

test("two machines' terminals stand side by side where there is room", async ({ page }) => {
  await page.setViewportSize({ width: 1600, height: 900 });
  const experiment = await open(page, "en", "two-kernels");
  const boxes = await Promise.all(
    [0, 1].map((index) => experiment.locator(".ok-terminal").nth(index).boundingBox()),
  );
  const [first, second] = boxes;
  expect(second?.y).toBe(first?.y);
  expect(second?.x).toBeGreaterThan((first?.x ?? 0) + (first?.width ?? 0));
});

test("a prediction is asked before the answer is shown", async ({ page }) => {
  const words = CHINESE;
  const experiment = await open(page, words.lang, "uts");
  const question = experiment.locator(".ok-predict");
  const step = experiment.locator(".ok-step", { has: page.locator(".ok-predict") });
  await expect(step.locator(".ok-output")).not.toHaveAttribute("open");
  await experiment.getByRole("button", { name: words.run }).click();
  await expect(question).toHaveAttribute("data-asking", "true", PATIENCE);
  await expect(step).toHaveAttribute("data-state", "waiting");
  await expect(question.locator(".ok-predict-answer")).toHaveCount(0);
  await expect(question.getByRole("button", { name: words.answer })).toBeDisabled();
  await holds(experiment, words);
  await expect(question.locator(".ok-predict-answer")).toBeVisible();
});

test("a reload keeps guesses, the verdict and notes; a file carries them elsewhere", async ({
  page,
  browser,
  baseURL,
}) => {
  const experiment = await open(page, "en", "uts");
  await experiment.getByText(ENGLISH.notes).click();
  const notes = experiment.getByRole("textbox", { name: ENGLISH.notes });
  await notes.fill("内核只有一个");
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await holds(experiment, ENGLISH);
  await page.reload();
  await experiment.scrollIntoViewIfNeeded();
  await expect(experiment.locator(".ok-past")).toContainText("it held");
  await expect(notes).toHaveValue("内核只有一个");
  await expect(experiment.locator(".ok-predict").getByRole("radio").first()).toBeChecked();

  await page.goto("en/experiments/");
  const exported = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export to a file" }).click();
  const file = await (await exported).path();
  const other = await browser.newPage({ baseURL: String(baseURL) });
  await other.goto("zh/experiments/");
  await expect(other.getByRole("button", { name: "导入文件" })).toBeEnabled();
  await other.locator("input[type=file]").setInputFiles("package.json");
  await expect(other.getByText("这个文件不是本书的进度")).toBeVisible();
  await other.locator("input[type=file]").setInputFiles(file);
  await expect(other.getByText("已导入")).toBeVisible();
  await other.goto("zh/experiments/uts/");
  const there = lab(other, "uts");
  await there.scrollIntoViewIfNeeded();
  await expect(there.getByRole("textbox", { name: CHINESE.notes })).toHaveValue("内核只有一个");
  await other.close();
});

test("progress that this version cannot read is kept aside, and said so", async ({ page }) => {
  // A page that reads no progress: one that does would keep it aside before the next is opened.
  await page.goto("en/about/");
  await page.evaluate(() => localStorage.setItem("one-kernel:progress", '{"x":1}'));
  const experiment = await open(page, "en", "uts");
  await expect(experiment.locator(".ok-notes .ok-trouble")).toContainText("It was not deleted");
  const kept = await page.evaluate(() =>
    Object.entries(localStorage).filter(([key]) => key.startsWith("one-kernel:progress.kept")),
  );
  expect(kept.map(([, text]) => text)).toEqual(['{"x":1}']);
});

test("progress of a newer version stays; notes are kept in the page, exported, and asked about", async ({
  page,
}) => {
  const newer = '{"format":"one-kernel-progress","schema":2,"readers":[]}';
  await page.goto("en/about/");
  await page.evaluate((text) => localStorage.setItem("one-kernel:progress", text), newer);
  const experiment = await open(page, "en", "uts");
  const trouble = experiment.locator(".ok-notes .ok-trouble");
  await expect(trouble).toContainText("a newer version of this book has stored");
  await experiment.getByText(ENGLISH.notes).click();
  const notes = experiment.getByRole("textbox", { name: ENGLISH.notes });
  await notes.pressSequentially("only here");
  const exported = page.waitForEvent("download");
  await trouble.getByRole("button", { name: "Export to a file" }).click();
  expect(await readFile(await (await exported).path(), "utf8")).toContain('"notes": "only here"');
  expect(await page.evaluate(() => localStorage.getItem("one-kernel:progress"))).toBe(newer);
  const asked = page.waitForEvent("dialog");
  // It comes back only once the dialog has been answered.
  const reloading = page.evaluate(() => location.reload());
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await reloading;
  await expect(notes).toHaveValue("only here");
});

test("a wrecked guest is one button from working again", async ({ page }) => {
  const words = ENGLISH;
  const experiment = await open(page, words.lang, "uts");
  await experiment.getByRole("button", { name: words.step }).click();
  await expect(experiment.locator('.ok-step[data-state="ok"]')).toHaveCount(1, PATIENCE);
  await experiment.getByText(words.notes).click();
  await experiment.getByRole("textbox", { name: words.notes }).fill("kept");
  // Its eighth processes report; those below them go on.
  const bomb = "bomb() { [ $BASH_SUBSHELL -eq 3 ] && echo bo'om' >&2; bomb | bomb & }; bomb";
  await type(experiment, `rm -rf /bin /usr/bin /lib; ${bomb}`);
  await expect(experiment.locator(".xterm-rows").first()).toContainText("boom", PATIENCE);
  await experiment.getByRole("button", { name: words.checkpoint }).click();
  await expect(experiment.locator('.ok-step[data-state="ok"]')).toHaveCount(0, PATIENCE);
  await expect(experiment.getByRole("button", { name: words.run })).toBeEnabled(PATIENCE);
  await state(experiment, "ready");
  await experiment.getByRole("button", { name: words.run }).click();
  await holds(experiment, words);
  await expect(experiment.getByRole("textbox", { name: words.notes })).toHaveValue("kept");
});

test("the recording plays back, labelled as one, without a machine", async ({ page }) => {
  const experiment = await open(page, "en", "uts");
  await experiment.getByRole("button", { name: ENGLISH.play }).click();
  await expect(experiment.locator(".ok-terminal-name").first()).toContainText("recording");
  await expect(experiment.locator(".xterm-rows").nth(1)).toContainText("unshare --uts", PATIENCE);
  expect(page.workers()).toHaveLength(0);
  await experiment.getByRole("button", { name: "Stop the recording" }).click();
  await expect(experiment.locator(".xterm")).toHaveCount(0);
});

test("every claim is listed with its verdict, and those not shown yet say so", async ({ page }) => {
  await page.goto("zh/claims/");
  const claims = page.locator(".ok-claim");
  const text = await readFile("dist/zh/claims/index.html", "utf8");
  expect(await claims.count()).toBe(text.match(/data-claim=/g)?.length);
  expect(await claims.count()).toBeGreaterThanOrEqual(29);
  for (const claim of await claims.all()) {
    await expect(claim).toHaveAttribute("data-verdict", /^(holds|limited|wrong)$/);
    const evidence = await claim.locator("a").count();
    await expect(claim.locator(".ok-claim-open")).toHaveCount(evidence === 0 ? 1 : 0);
  }
});
