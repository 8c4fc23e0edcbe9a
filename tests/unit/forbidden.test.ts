import { beforeEach, describe, expect, it, vi } from "vitest";
import { engineError } from "../../src/machine/errors.ts";

/** What is seen once is remembered, so that each test has a module of its own. */
let watch: typeof import("../../src/machine/forbidden.ts");
beforeEach(async () => {
  vi.resetModules();
  watch = await import("../../src/machine/forbidden.ts");
});

const violation = (fields: Partial<SecurityPolicyViolationEvent>) =>
  Object.assign(new Event("securitypolicyviolation"), { disposition: "enforce", ...fields });
const refused = (what: string, policy: string) => ({ code: "forbidden", params: { what, policy } });

describe("what a policy refuses", () => {
  it.each([
    ["worker-src", "blob", "worker-src 'self'", "Web Worker", "worker-src 'self'"],
    ["worker-src", "blob", "img-src *; child-src 'self'", "Web Worker", "child-src 'self'"],
    ["worker-src", "blob", "script-src 'self' ; a b", "Web Worker", "script-src 'self'"],
    ["script-src", "wasm-eval", "default-src 'self'", "WebAssembly", "default-src 'self'"],
    ["script-src", "wasm-eval", "", "WebAssembly", "script-src"],
    ["script-src", "wasm-eval", "child-src a; default-src b", "WebAssembly", "default-src b"],
  ])("is told by its rule: %s of %s by %s", (directive, uri, policy, what, rule) => {
    const scope = new EventTarget();
    watch.watchPolicy(scope);
    expect(watch.forbidden()).toBeUndefined();
    scope.dispatchEvent(
      violation({ effectiveDirective: directive, blockedURI: uri, originalPolicy: policy }),
    );
    expect(watch.forbidden()).toEqual(refused(what, rule));
  });

  it("is nothing to a machine when it is another thing, or only reported", () => {
    const scope = new EventTarget();
    watch.watchPolicy(scope);
    const worker = { effectiveDirective: "worker-src", originalPolicy: "worker-src 'self'" };
    scope.dispatchEvent(violation({ ...worker, disposition: "report" }));
    scope.dispatchEvent(
      violation({ effectiveDirective: "img-src", blockedURI: "data", originalPolicy: "img-src a" }),
    );
    scope.dispatchEvent(
      violation({ effectiveDirective: "script-src", blockedURI: "eval", originalPolicy: "" }),
    );
    expect(watch.forbidden()).toBeUndefined();
  });
});

describe("a worker in a worker", () => {
  class FakeWorker extends EventTarget {
    constructor(script: string | URL) {
      super();
      if (String(script) === "blob:denied") throw new DOMException("denied", "SecurityError");
    }
  }
  const scope = () => {
    const it = { Worker: FakeWorker as unknown as typeof Worker };
    watch.watchWorkers(it);
    return it;
  };

  it("that fails without a word was refused, if its script was made in memory", () => {
    const { Worker } = scope();
    new Worker("https://site.test/lens.js").dispatchEvent(new Event("error"));
    const mine = new Worker("blob:https://site.test/1");
    expect(mine).toBeInstanceOf(FakeWorker);
    mine.dispatchEvent(Object.assign(new Event("error"), { message: "Uncaught Error: inside" }));
    expect(watch.forbidden()).toBeUndefined();
    mine.dispatchEvent(new Event("error"));
    expect(watch.forbidden()).toEqual(refused("Web Worker", "worker-src"));
  });

  it("that was refused is told to who listens, once, however late they come", () => {
    const told: unknown[] = [];
    watch.onForbidden((it) => told.push(it));
    const { Worker } = scope();
    const mine = new Worker("blob:https://site.test/1");
    for (let time = 0; time < 2; time++) mine.dispatchEvent(new Event("error"));
    watch.onForbidden((it) => told.push(it));
    expect(told).toEqual(Array(2).fill(refused("Web Worker", "worker-src")));
  });

  it("that cannot even be made was refused, and its maker hears of it", () => {
    const { Worker } = scope();
    expect(() => new Worker("blob:denied")).toThrow("denied");
    expect(watch.forbidden()).toEqual(refused("Web Worker", "worker-src"));
  });
});

describe("an engine that is not allowed", () => {
  // Chromium 156, Firefox 153, and WebKit by its source.
  it.each([
    [
      "CompileError: WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self' 'unsafe-inline'\".",
      "script-src 'self' 'unsafe-inline'",
    ],
    ["CompileError: call to WebAssembly.compile() blocked by CSP", "script-src"],
    [
      "CompileError: Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\".",
      "script-src 'self'",
    ],
  ])("%s", (reason, policy) => {
    expect(engineError(reason).data).toEqual(refused("WebAssembly", policy));
  });
});
