import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "@playwright/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { editionSchema } from "../../src/offline/edition.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { BROWSER, BROWSER_ARGS } from "../../tools/lib/test-setup.ts";

const PORT = 4397;
const ADDRESS = `http://localhost:${PORT}`;
const folder = mkdtempSync(join(tmpdir(), "one-kernel-bundle-"));
const HERE = join(folder, "one-kernel-zh");
let server: ChildProcess;
let browser: Browser;

beforeAll(async () => {
  // The program that a teacher's computer has, not the library that made the archive.
  execFileSync("python3", ["-m", "zipfile", "-e", `${ROOT}dist-bundle/one-kernel.zh.zip`, folder]);
  server = spawn(process.execPath, ["serve.mjs", String(PORT)], { cwd: HERE });
  await said(server, "Ctrl-C");
  browser = await chromium.launch({ executablePath: BROWSER.file, args: BROWSER_ARGS });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("the offline bundle", () => {
  it("is whole: every file has its digest", () => {
    const checked = execFileSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: HERE });
    expect(checked.toString()).toBe("");
    writeFileSync(join(HERE, "LICENSE-text"), "changed");
    expect(() =>
      execFileSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: HERE, stdio: "pipe" }),
    ).toThrow("1 computed checksum did NOT match");
  });

  it("has the printed book of its language, licences and a word on how to start", async () => {
    for (const path of [
      "pdf/one-kernel.zh.pdf",
      "pdf/zh/question.pdf",
      "images/guest/linux/licences.txt",
    ])
      expect((await fetch(`${ADDRESS}/${path}`)).status, path).toBe(200);
    expect((await fetch(`${ADDRESS}/pdf/one-kernel.en.pdf`)).status).toBe(404);
  });

  it("is without the large machine, which another archive has", async () => {
    const manifest = await (await fetch(`${ADDRESS}/images/guest/manifest.json`)).json();
    expect(Object.keys(manifest.machines)).toContain("linux");
    expect(Object.keys(manifest.machines)).not.toContain("docker");
    expect((await fetch(`${ADDRESS}/offline/docker.json`)).status).toBe(404);
    const large = join(ROOT, "dist-bundle/one-kernel.zh.docker.zip");
    const names = execFileSync("python3", ["-m", "zipfile", "-l", large]).toString();
    expect(names).toMatch(/site\/images\/guest\/docker\/snapshot\.[0-9a-f]+\.bin/);
    expect(names).toContain("site/offline/docker.json");
  });

  it("lists its files for reading offline as they are", async () => {
    for (const language of ["zh", "en"]) {
      const list = editionSchema.parse(
        await (await fetch(`${ADDRESS}/offline/${language}.json`)).json(),
      );
      for (const { path, bytes, sha256 } of list.files) {
        const file = readFileSync(join(HERE, "site", path));
        expect({ path, bytes: file.length, sha256: hashOf(file) }).toEqual({ path, bytes, sha256 });
      }
    }
  });

  it("is served with types and caching as a host would", async () => {
    const head = async (path: string) =>
      (await fetch(`${ADDRESS}${path}`, { method: "HEAD" })).headers;
    expect((await head("/zh/")).get("content-type")).toBe("text/html; charset=utf-8");
    expect((await head("/zh/")).get("cache-control")).toBe("no-cache");
    const manifest = await (await fetch(`${ADDRESS}/images/guest/manifest.json`)).json();
    const { path } = manifest.engine.wasm;
    expect((await head(`/images/guest/${path}`)).get("cache-control")).toContain("immutable");
    for (const name of ["pagefind-highlight.js", "pagefind.js"])
      expect((await head(`/pagefind/${name}`)).get("cache-control")).toBe("no-cache");
    expect((await fetch(`${ADDRESS}/zh/`, { method: "POST" })).status).toBe(405);
  });

  it("gives nothing but the site", async () => {
    for (const path of [
      "/../bundle.json",
      "/%2e%2e/serve.mjs",
      "/zh/..%2f..%2fserve.mjs",
      "/%",
      "/nowhere",
    ])
      expect(await status(path), path).toBe(404);
  });

  it("says which port to take when its own is in use", async () => {
    const second = spawn(process.execPath, ["serve.mjs", String(PORT)], { cwd: HERE });
    await said(second, String(PORT + 1), "stderr");
    expect(await new Promise((resolve) => second.on("exit", resolve))).toBe(1);
  });

  it("says what a port is when it is given something else", async () => {
    const wrong = spawn(process.execPath, ["serve.mjs", "abc"], { cwd: HERE });
    await said(wrong, "1到65535", "stderr");
    expect(await new Promise((resolve) => wrong.on("exit", resolve))).toBe(2);
  });

  it("boots a machine and runs an experiment in a browser", async () => {
    const page = await browser.newPage();
    const strangers: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(ADDRESS) && !/^(blob|data):/.test(request.url()))
        strangers.push(request.url());
    });
    await page.goto(`${ADDRESS}/zh/experiments/no-vmx/`);
    await page.getByRole("button", { name: "运行实验" }).click();
    const asking = page.locator('.ok-predict[data-asking="true"]');
    await asking.getByRole("radio").first().check({ timeout: 60_000 });
    await asking.getByRole("button", { name: "就猜这个" }).click();
    const verdict = page.locator(".ok-verdict-head");
    await verdict.waitFor({ timeout: 60_000 });
    expect(await verdict.getAttribute("data-ok")).toBe("true");
    expect(strangers).toEqual([]);
  }, 120_000);
});

it("is served by Python, too, as its README says", async () => {
  const port = await freePort();
  const python = spawn("python3", ["-m", "http.server", String(port), "--directory", "site"], {
    cwd: HERE,
  });
  try {
    await expect
      .poll(
        () =>
          fetch(`http://localhost:${port}/zh/`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 20_000 },
      )
      .toBe(200);
  } finally {
    python.kill();
  }
});

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** Waits for a word of a program. @throws Error when it ends without */
function said(
  program: ChildProcess,
  word: string,
  where: "stdout" | "stderr" = "stdout",
): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    program[where]?.on("data", (chunk) => {
      text += chunk;
      if (text.includes(word)) resolve();
    });
    program.on("exit", () => reject(new Error(`ended without saying "${word}": ${text}`)));
  });
}

/** The status of an address as it stands: `fetch` would tidy it up first. */
function status(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port: PORT, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
