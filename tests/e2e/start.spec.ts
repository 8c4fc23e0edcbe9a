import { expect, type Page, test } from "@playwright/test";
import type { BuildFile } from "../../src/machine/build-progress.ts";
import { freePortAfter } from "../../tools/lib/port.ts";
import { FreshStart } from "./fixtures/fresh-start.ts";
import {
  CHINESE,
  ENGLISH,
  holds,
  LANGUAGES,
  open,
  PATIENCE,
  state,
  type Words,
} from "./fixtures/lab.ts";

/** What `npm start` serves while a contributor writes, rather than the built site. */
test.setTimeout(300_000);

test.describe("npm start on a fresh clone", () => {
  test.describe.configure({ mode: "serial" });
  let fresh: FreshStart;
  test.beforeAll(async () => {
    fresh = await FreshStart.begin();
  });
  test.afterAll(async () => {
    expect(await fresh?.end()).toEqual([]);
  });

  const texts = {
    zh: {
      waits: `本机上有另一个构建正在进行（进程${process.pid}），它结束后才轮到这台机器。`,
      unknown: "要多久还估计不出来。",
      kernel: "正在本机上构建这台机器，目前的步骤：制作内核。",
      after: "这台机器排在“Linux”之后构建，目前的步骤：制作内核。",
      left: "大约还要5分钟。",
      failed: "磁盘满了。腾出一些空间（3 GB就够），再运行npm run guest。",
      building: "这些机器正在本机上构建",
    },
    en: {
      waits: `Another build on this computer (process ${process.pid}) has to end first; then this machine is built.`,
      unknown: "Nobody can say yet how long it takes.",
      kernel: "This machine is being built on this computer. Now: making the kernel.",
      after: "This machine is built after “Linux”. Now: making the kernel.",
      left: "About 5 minutes left.",
      failed: "The disk is full. Free some space (3 GB are enough), then run npm run guest.",
      building: "The machines are being built on this computer",
    },
  };
  const openFresh = (page: Page, { lang }: Words, chapter: string, id: string) =>
    open(page, `${fresh.url}${lang}/${chapter}/`, id);

  test("serves pages before there are machines, in both languages", async ({ page }) => {
    for (const words of LANGUAGES) {
      await page.goto(`${fresh.url}${words.lang}/machines/`);
      await expect(page.getByText(texts[words.lang].building)).toBeVisible();
      for (const path of ["", "lab/", "rings/", "booting/", "experiments/uts/"])
        expect((await page.request.get(`${fresh.url}${words.lang}/${path}`)).status(), path).toBe(
          200,
        );
    }
  });

  for (const words of LANGUAGES)
    test(`says why a machine that is asked for is not there yet: ${words.lang}`, async ({
      page,
    }) => {
      const experiment = await openFresh(page, words, "namespaces", "uts");
      await experiment.getByRole("button", { name: words.start }).click();
      await state(experiment, "building");
      const bar = experiment.locator(".ok-machine");
      await expect(bar.getByRole("status")).toContainText(texts[words.lang].waits);
      await expect(bar).toContainText(texts[words.lang].unknown);
      // A bar that shows no value, for nobody knows any.
      await expect(bar.getByRole("progressbar")).not.toHaveAttribute("value");
      // The recording stays, and can be played.
      await expect(experiment.locator(".ok-step details").first()).toBeVisible();
      await experiment.getByRole("button", { name: words.play }).click();
      await expect(experiment.locator(".ok-terminal .xterm:visible").first()).toBeVisible();
    });

  for (const words of LANGUAGES)
    test(`says how far it is, and what stopped it: ${words.lang}`, async ({ page }) => {
      let file: BuildFile = buildFile();
      await page.route("**/images/guest/building.json", (route) => route.fulfill({ json: file }));
      const tick = setInterval(() => {
        if (file.state === "running") file = { ...file, beat: file.beat + 1 };
      }, 500);
      try {
        const experiment = await openFresh(page, words, "namespaces", "uts");
        const bar = experiment.locator(".ok-machine");
        await experiment.getByRole("button", { name: words.start }).click();
        await expect(bar.getByRole("status")).toContainText(texts[words.lang].kernel);
        await expect(bar.getByRole("progressbar")).toHaveAttribute("value", "0.42");
        await expect(bar).toContainText(texts[words.lang].left);

        const { beat: _, waitsFor: __, ...rest } = buildFile();
        file = { ...rest, state: "failed", trouble: "disk-full", reason: "cc1: no space" };
        await state(experiment, "failed");
        await expect(bar.getByRole("alert")).toContainText(texts[words.lang].failed);
        await expect(bar.getByRole("alert")).toContainText("cc1: no space");

        // Somebody has made room and begun it again.
        file = buildFile();
        await experiment.getByRole("button", { name: words.retry }).click();
        await state(experiment, "building");
      } finally {
        clearInterval(tick);
      }
    });

  test("a second one says who has the port, and offers another", async () => {
    const { code, stderr } = await fresh.again().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Port \d+ is taken by process \d+ \(.+tools\/start\.ts(?: --port \d+)?, started in /,
    );
    expect(stderr).toContain(`the book is at ${fresh.url} already`);
    expect(stderr).toMatch(/\n {2}npm start -- --port \d+\n/);
  });

  test("of two at the same moment one serves, and the other says so and ends", async () => {
    const port = await freePortAfter(fresh.port);
    const both = [fresh.again(port), fresh.again(port)];
    const first = await Promise.race(both.map(({ ended }) => ended));
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(new RegExp(`^Port ${port} is taken by process \\d+ `, "m"));
    for (const { process: each } of both) each.kill("SIGINT");
    const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code);
    expect(codes.toSorted()).toEqual([0, 1]);
  });

  test("a machine that is asked for arrives while the page is open, and starts", async ({
    page,
    context,
  }) => {
    const pressed = await openFresh(page, ENGLISH, "namespaces", "uts");
    await pressed.getByRole("button", { name: ENGLISH.start }).click();
    await state(pressed, "building");
    // A run that was asked for goes on by itself as well.
    const other = await context.newPage();
    const run = await openFresh(other, CHINESE, "namespaces", "uts");
    await run.locator(".ok-primary").click();
    await state(run, "building");

    fresh.release();
    await page.bringToFront();
    await state(pressed, "ready");
    await other.bringToFront();
    await holds(run, CHINESE);

    // And what is rendered from now on knows of it.
    await expect
      .poll(async () => (await page.request.get(`${fresh.url}en/machines/`)).text(), PATIENCE)
      .toContain("6.1.");
  });

  test("a later one serves the book with its experiments working from the first", async ({
    page,
  }) => {
    await fresh.restart();
    const experiment = await openFresh(page, ENGLISH, "namespaces", "uts");
    await experiment.locator(".ok-primary").click();
    await holds(experiment, ENGLISH);
  });
});

function buildFile(): Extract<BuildFile, { state: "running" }> {
  const machine = { ready: false, fraction: 0.42, secondsLeft: 271 };
  return {
    schema: 1,
    state: "running",
    pid: 7,
    machine: "linux",
    step: "kernel",
    beat: 0,
    waitsFor: null,
    machines: {
      linux: { title: { zh: "Linux", en: "Linux" }, ...machine },
      "linux-b": { title: { zh: "另一台", en: "Another" }, ...machine },
    },
  };
}
