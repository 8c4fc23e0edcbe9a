import { afterEach, describe, expect, it, vi } from "vitest";
import { importTrouble, scriptTrouble } from "../../src/machine/script-trouble.ts";
import { workerTrouble } from "../../src/machine/worker-trouble.ts";

const PAGE = "https://site.test/en/rings/";
const SCRIPT = "https://site.test/_astro/worker-C4fe.js?x#y";
const FILE = "worker-C4fe.js";

/** Answers with a status, or not at all. */
function site(answers: Record<string, number>) {
  const asked = vi.fn(async (url: string, _: RequestInit) => {
    const status = answers[url];
    if (status === undefined) throw new TypeError("Failed to fetch");
    return new Response("…", { status });
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

describe("a file of the page that could not be used", () => {
  it("is gone when the server does not have it, or damaged when it has", async () => {
    for (const status of [404, 410, 200]) {
      const asked = site({ [SCRIPT]: status });
      expect(await scriptTrouble(SCRIPT, PAGE)).toEqual({ code: "stale", params: { file: FILE } });
      // Past every cache, so that a damaged copy is replaced.
      expect(asked.mock.calls[0]?.[1]).toMatchObject({ cache: "reload" });
    }
  });

  it("is out of reach when the server cannot, or nobody answers", async () => {
    site({ [SCRIPT]: 503 });
    expect(await scriptTrouble(SCRIPT, PAGE)).toEqual({
      code: "script",
      params: { file: FILE, reason: "HTTP 503" },
    });
    site({});
    expect(await scriptTrouble(SCRIPT, PAGE)).toEqual({
      code: "script",
      params: { file: FILE, reason: "Failed to fetch" },
    });
  });

  it("is held up when the page itself can be had", async () => {
    site({ [PAGE]: 200 });
    expect(await scriptTrouble(SCRIPT, PAGE)).toEqual({ code: "blocked", params: { file: FILE } });
  });

  it("is found by a function that needs nothing around it: every page has its text", async () => {
    site({ [SCRIPT]: 404 });
    const alone = new Function(`return ${scriptTrouble.toString()}`)() as typeof scriptTrouble;
    expect(await alone(SCRIPT, PAGE)).toMatchObject({ code: "stale" });
  });

  it("is named by what the browser says of an import", async () => {
    site({ "https://site.test/_astro/lens.js": 404 });
    for (const words of [
      "TypeError: Failed to fetch dynamically imported module: https://site.test/_astro/lens.js",
      "TypeError: error loading dynamically imported module: https://site.test/_astro/lens.js",
      "TypeError: Importing a module script failed.",
    ])
      expect(await importTrouble(words, PAGE, "https://site.test/_astro/lens.js")).toEqual({
        code: "stale",
        params: { file: "lens.js" },
      });
  });
});

describe("a worker's error", () => {
  const error = (message?: string) =>
    message === undefined ? new Event("error") : Object.assign(new Event("error"), { message });

  it("with a message was thrown inside", async () => {
    const asked = site({ [SCRIPT]: 404 });
    expect(await workerTrouble(error("Uncaught RangeError: x"), SCRIPT, PAGE)).toMatchObject({
      code: "engine",
    });
    expect(asked).not.toHaveBeenCalled();
  });

  it("without one is its script's", async () => {
    site({ [SCRIPT]: 404 });
    expect(await workerTrouble(error(), SCRIPT, PAGE)).toEqual({
      code: "stale",
      params: { file: FILE },
    });
  });
});
