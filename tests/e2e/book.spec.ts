import { expect, test } from "@playwright/test";
import { CHINESE, LANGUAGES, open, PATIENCE, state, type } from "./fixtures/lab.ts";

test.setTimeout(300_000);

const BOOK_WORDS = {
  zh: { check: "检查", prepare: "准备机器", term: "虚拟机", means: "用软件给出的一台计算机" },
  en: {
    check: "Check",
    prepare: "Prepare the machine",
    term: "virtual machine",
    means: "A computer made by software",
  },
} as const;

for (const { lang, answer } of LANGUAGES) {
  const words = BOOK_WORDS[lang];

  test(`a chapter asks first, explains its words, and cites (${lang})`, async ({ page }) => {
    await page.goto(`${lang}/question/`);
    const guess = page.locator(".ok-guess");
    await expect(guess.getByRole("radio").first()).toBeEnabled(PATIENCE);
    await guess.getByRole("radio").first().check();
    await guess.getByRole("button", { name: answer }).click();
    await expect(guess.locator(".ok-predict-answer")).toBeVisible();
    await page.reload();
    await expect(guess.locator(".ok-predict-answer")).toBeVisible(PATIENCE);

    // What it is for is tested below.
    const exercise = page.locator("[data-exercise]").first();
    await exercise.scrollIntoViewIfNeeded();
    await expect(exercise.getByRole("button", { name: words.check })).toBeVisible();

    await page.getByRole("button", { name: words.term, exact: true }).first().click();
    await expect(page.getByText(words.means)).toBeVisible();

    await page.locator(".footnotes .ok-cite, section[data-footnotes] .ok-cite").first().click();
    await expect(page).toHaveURL(new RegExp(`/${lang}/references/#`));
  });
}

test("the machine checks an exercise: not yet, then done", async ({ page }) => {
  const { lang, start } = CHINESE;
  const words = BOOK_WORDS[lang];
  const experiment = await open(page, `${lang}/question/`, "boot-id");
  await experiment.getByRole("button", { name: start }).click();
  await state(experiment, "ready");
  const exercise = page.locator('[data-exercise="question-boot-id"]');
  await exercise.scrollIntoViewIfNeeded();
  await exercise.getByRole("button", { name: words.check }).click();
  await expect(exercise.locator('[data-ok="false"]')).toHaveCount(2, PATIENCE);
  await experiment.scrollIntoViewIfNeeded();
  await type(experiment, "bundle busybox /tmp/ask -- busybox cat /proc/sys/kernel/random/boot_id");
  await type(experiment, "(cd /tmp/ask && crun run ask) > /tmp/answer; echo wrote $((6 * 7))");
  await expect(experiment.locator(".xterm-rows").first()).toContainText("wrote 42", PATIENCE);
  await exercise.scrollIntoViewIfNeeded();
  await exercise.getByRole("button", { name: words.check }).click();
  await expect(exercise).toHaveAttribute("data-done", "true", PATIENCE);

  // One whose machine is to be broken: prepared at the checkpoint, so that what was done above is gone.
  const broken = page.locator('[data-exercise="question-exits"]');
  await broken.scrollIntoViewIfNeeded();
  await expect(broken.getByRole("button", { name: words.check })).toBeDisabled();
  await broken.getByRole("button", { name: words.prepare }).click();
  await expect(broken.getByRole("button", { name: words.check })).toBeEnabled(PATIENCE);
  await broken.getByRole("button", { name: words.check }).click();
  await expect(broken.locator('[data-ok="false"]')).toHaveCount(2, PATIENCE);
  await experiment.scrollIntoViewIfNeeded();
  await type(experiment, "ls /tmp/answer; sed -i 's/ & echo started/; true/' /tmp/web/config.json");
  await type(
    experiment,
    "crun run -d -b /tmp/web web < /dev/null > /dev/null; echo ran $((6 * 7))",
  );
  await expect(experiment.locator(".xterm-rows").first()).toContainText("ran 42", PATIENCE);
  await expect(experiment.locator(".xterm-rows").first()).toContainText("No such file");
  await broken.scrollIntoViewIfNeeded();
  await broken.getByRole("button", { name: words.check }).click();
  await expect(broken).toHaveAttribute("data-done", "true", PATIENCE);
  // A machine that starts anew is not broken any more.
  await experiment.scrollIntoViewIfNeeded();
  await experiment.getByRole("button", { name: CHINESE.checkpoint }).click();
  await expect(broken.getByRole("button", { name: words.check })).toBeDisabled(PATIENCE);
});
