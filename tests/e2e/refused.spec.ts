import { readFile } from "node:fs/promises";
import { expect, firefox, type Page, test } from "@playwright/test";
import { FIREFOX } from "../../tools/lib/test-setup.ts";
import { CHINESE, ENGLISH, holds, open, PATIENCE, state } from "./fixtures/lab.ts";
import { type SiteServer, serveSite } from "./fixtures/site-server.ts";

let server: SiteServer | undefined;
test.afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** The site as a host serves it whose policy this is. @returns its address */
async function under(policy: string): Promise<string> {
  const headers = { "content-security-policy": policy };
  server = await serveSite({ port: 0, base: "/", folder: "dist", headers });
  return `http://localhost:${server.port}/`;
}

/** Starts a machine, which must say that this is forbidden to it, and by which rule. */
async function refuses(page: Page, site: string, what: string, rule: string): Promise<void> {
  const experiment = await open(page, `${site}en/experiments/uts/`, "uts");
  await experiment.getByRole("button", { name: ENGLISH.start }).click();
  await state(experiment, "failed");
  const trouble = experiment.locator(".ok-machine .ok-trouble");
  // Firefox may hang in the refusal (`client.ts`): the page says so in half a minute, and how to go on.
  if ((await trouble.textContent())?.includes("no answer in 30 s"))
    await experiment.getByRole("button", { name: ENGLISH.retry }).click();
  await expect(trouble).toContainText(`because ${what} is forbidden to it`, PATIENCE);
  await expect(trouble).toContainText(`(${rule})`);
  await expect(trouble.getByRole("button", { name: "Reload the page" })).toBeVisible();
}

const SCRIPTS = "script-src 'self' 'unsafe-inline'";

for (const [policy, what, rule] of [
  // v86 makes the worker that keeps its time from a blob.
  ["worker-src 'self'", "Web Worker", "worker-src 'self'"],
  [`${SCRIPTS} 'wasm-unsafe-eval'`, "Web Worker", `${SCRIPTS} 'wasm-unsafe-eval'`],
  ["worker-src 'none'", "Web Worker", "worker-src 'none'"],
  [`${SCRIPTS}; worker-src 'self' blob:`, "WebAssembly", SCRIPTS],
  // The decoder of its files is in a script, as text.
  ["connect-src 'self'", "fetch(data:)", "connect-src"],
] as const)
  test(`a machine under the policy “${policy}” says what it lacks`, async ({ page }) => {
    await refuses(page, await under(policy), what, rule);
  });

test("the same is said in Chinese, and by a boot from power-on", async ({ page }) => {
  const site = await under("worker-src 'self'");
  const experiment = await open(page, `${site}zh/experiments/uts/`, "uts");
  await experiment.getByRole("button", { name: "从加电开始启动" }).click();
  await state(experiment, "failed");
  await expect(experiment.locator(".ok-machine .ok-trouble")).toContainText("不许用Web Worker");
  await expect(experiment.getByRole("button", { name: CHINESE.run })).toBeEnabled(PATIENCE);
});

test("a run that needs such a machine ends, without a verdict", async ({ page }) => {
  const site = await under("worker-src 'self'");
  const experiment = await open(page, `${site}en/experiments/uts/`, "uts");
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await state(experiment, "failed");
  await expect(experiment.getByRole("button", { name: ENGLISH.run })).toBeEnabled(PATIENCE);
  await expect(experiment.locator(".ok-verdict-head")).toHaveCount(0);
});

test("Firefox, which tells a worker of no refusal, is understood as well", async () => {
  const browser = await firefox.launch({
    executablePath: FIREFOX.file,
    channel: "moz-firefox",
  });
  try {
    const page = await browser.newPage();
    await refuses(page, await under("worker-src 'self'"), "Web Worker", "worker-src");
  } finally {
    await browser.close();
  }
});

test("the policy of the pages, and the header that docs/hosting.md gives, forbid nothing that the book does", async ({
  page,
}) => {
  const hosting = await readFile("docs/hosting.md", "utf8");
  const [, policy = ""] = /^Content-Security-Policy: (.+)$/m.exec(hosting) ?? [];
  expect(policy).toContain("frame-ancestors");
  const site = await under(policy);
  const refused: string[] = [];
  await page.exposeFunction("refused", (what: string) => refused.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      (window as unknown as { refused(what: string): void }).refused(
        `${effectiveDirective} ${blockedURI}`,
      ),
    );
  });
  const experiment = await open(page, `${site}en/experiments/uts/`, "uts");
  await experiment.getByRole("button", { name: ENGLISH.play }).click();
  await expect(experiment.locator(".xterm-rows").first()).toContainText("hostname", PATIENCE);
  await experiment.getByRole("button", { name: ENGLISH.run }).click();
  await holds(experiment, ENGLISH);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("namespace");
  await expect(page.locator(".pagefind-ui__result-link").first()).toBeVisible(PATIENCE);
  for (const path of ["en/", "en/lab/", "zh/namespaces/", "zh/offline/", "zh/claims/"]) {
    await page.goto(site + path);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForLoadState("load");
  }
  expect(refused).toEqual([]);
});

test("a script that somebody brings into a page does not run", async ({ page }) => {
  await page.route("**/en/rings/", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace(
      "</body>",
      `<script>window.brought = "a script"</script><img src="x" onerror="window.brought = 'a handler'">
<script src="https://elsewhere.test/a.js"></script><a id="url" href="javascript:window.brought='an address'">x</a></body>`,
    );
    await route.fulfill({ response: answer, body });
  });
  const refused: string[] = [];
  await page.exposeFunction("refused", (directive: string) => refused.push(directive));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
      (window as unknown as { refused(what: string): void }).refused(effectiveDirective),
    );
  });
  await page.goto("/en/rings/");
  await page.locator("#url").dispatchEvent("click");
  await expect
    .poll(() => [...new Set(refused)].toSorted())
    .toEqual(["script-src-attr", "script-src-elem"]);
  expect(await page.evaluate(() => "brought" in window)).toBe(false);
});
