import { expect, test } from "@playwright/test";
import { CHINESE, ENGLISH, holds, open, PATIENCE, state, type } from "./fixtures/lab.ts";

test.setTimeout(300_000);

/** A web server in a container, with its port 80 published as 8080; prints that it runs. */
const SERVE =
  "echo id=$(docker run -d -p 8080:80 busybox sh -c 'mkdir /www; echo \"<h1>Hello</h1><a href=/en/>out</a>\" >/www/index.html; httpd -f -h /www')";

test("Docker runs a container, and the small browser shows what one serves", async ({ page }) => {
  const experiment = await open(page, "en/try-docker/", "docker-run");
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await holds(experiment, ENGLISH);

  const browser = page.locator(".ok-port-browser");
  await browser.scrollIntoViewIfNeeded();
  const go = browser.getByRole("button", { name: "Go" });
  await browser.getByLabel("Port").fill("80a");
  await go.click();
  await expect(browser.getByRole("alert")).toContainText("“80a” is no port.");
  await browser.getByLabel("Port").fill("8080");
  await go.click();
  await expect(browser.locator('[data-answer="refused"]')).toContainText(
    "no program of the machine listens on port 8080",
    PATIENCE,
  );

  await type(experiment, SERVE);
  await expect(experiment.locator(".xterm-rows").first()).toContainText(/id=[0-9a-f]/, PATIENCE);
  await go.click();
  await expect(browser.locator('[data-answer="200"]')).toContainText("text/html", PATIENCE);
  const frame = browser.frameLocator("iframe");
  await expect(frame.getByRole("heading", { name: "Hello" })).toBeVisible();
  // An address in the page would be one of this site's.
  await expect(frame.getByText("out")).not.toHaveAttribute("href");
  await expect(frame.locator("meta")).toHaveAttribute("content", /^default-src 'none'/);
  await browser.getByLabel("Path").fill("/nothing");
  await go.click();
  await expect(browser.locator('[data-answer="404"]')).toContainText("404 Not Found", PATIENCE);
});

test("what it publishes another machine of the page gets, by a wire between the two", async ({
  page,
}) => {
  const experiment = await open(page, "zh/experiments/docker-network/", "docker-network");
  await experiment.getByRole("button", { name: CHINESE.run }).click();
  await holds(experiment, CHINESE);
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  test("a large machine is downloaded only after a yes", async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const experiment = await open(page, "zh/try-docker/", "docker-run");
    const start = experiment.getByRole("button", { name: CHINESE.start });
    const dialog = page.getByRole("dialog", { name: "要下载的东西很大" });
    await start.click();
    await expect(dialog).toContainText(/启动要下载\d+(\.\d+)? MB/);
    await dialog.getByRole("button", { name: "先不" }).click();
    await expect(dialog).toBeHidden();
    await state(experiment, "idle");
    expect(asked.filter((url) => url.includes("/images/guest/"))).toEqual([]);
    await start.click();
    await dialog.getByRole("button", { name: "下载并启动" }).click();
    await expect(dialog).toBeHidden();
    await state(experiment, "ready");
  });

  test("the small browser's buttons ask as well", async ({ page }) => {
    await page.goto("en/try-docker/");
    const browser = page.locator(".ok-port-browser");
    await browser.scrollIntoViewIfNeeded();
    await browser.getByRole("button", { name: ENGLISH.start }).click();
    const dialog = page.getByRole("dialog", { name: "A large download" });
    await dialog.getByRole("button", { name: "Not now" }).click();
    await expect(browser.locator(".ok-machine")).toHaveAttribute("data-state", "idle");
  });
});

test("a book for reading offline is without it, until the reader asks", async ({ page }) => {
  const list = async (name: string) =>
    (await (await page.request.get(`/offline/${name}.json`)).json()) as {
      files: { path: string }[];
    };
  const ofDocker = ({ path }: { path: string }) => path.startsWith("images/guest/docker/");
  expect((await list("en")).files.filter(ofDocker)).toEqual([]);
  expect((await list("docker")).files.filter(ofDocker).length).toBeGreaterThan(3);
  await page.goto("en/offline/");
  const box = page.locator('[data-edition="docker"]');
  await expect(box).toContainText("The machine “Docker”");
  await expect(box.getByRole("button").first()).toHaveText(
    /^Make it available offline \(\d[\d.]* MB\)$/,
    PATIENCE,
  );
});
