import { describe, expect, it } from "vitest";
import { engineError, errorData, MachineError } from "../../src/machine/errors.ts";

describe("what an engine complains of", () => {
  // Taken from Chromium 156 and Firefox 153; JavaScriptCore's from reports of its users.
  it.each([
    ["V8", "RangeError: WebAssembly.Memory(): could not allocate memory"],
    [
      "V8",
      "RangeError: WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance",
    ],
    ["V8", "RangeError: WebAssembly.Memory.grow(): Unable to grow instance memory"],
    ["V8", "Uncaught RangeError: Array buffer allocation failed"],
    ["SpiderMonkey", "uncaught exception: out of memory"],
    ["SpiderMonkey", "InternalError: allocation size overflow"],
    ["SpiderMonkey", "RangeError: failed to grow memory"],
    ["JavaScriptCore", "RangeError: Out of memory"],
    ["JavaScriptCore", "Unhandled Promise Rejection: RangeError: Out of Memory"],
    ["JavaScriptCore", "Error: Out of executable memory in function at index 12"],
  ])("is a lack of memory: %s: %s", (_, reason) => {
    expect(engineError(reason).data).toEqual({ code: "memory", params: { reason } });
  });

  it.each([
    ["V8", "Uncaught RuntimeError: memory access out of bounds"],
    ["V8", "RuntimeError: unreachable"],
    ["V8", "RuntimeError: table index is out of bounds"],
    ["SpiderMonkey", "RuntimeError: index out of bounds"],
    ["SpiderMonkey", "RuntimeError: unreachable executed"],
    ["JavaScriptCore", "RuntimeError: Out of bounds memory access (evaluating 'e()')"],
    ["JavaScriptCore", "RuntimeError: Unreachable code should not be executed"],
    ["v86", "assertion failed: self.memory_allocated"],
    ["v86", "no deallocator for this"],
  ])("is the engine's own fault: %s: %s", (_, reason) => {
    expect(engineError(reason).data).toEqual({ code: "engine", params: { reason } });
  });

  it("is read from whatever was thrown, and what is typed stays as it is", () => {
    const stale = { code: "stale", params: { file: "worker.js" } } as const;
    expect(errorData(new MachineError(stale))).toEqual(stale);
    expect(errorData(new WebAssembly.RuntimeError("memory access out of bounds")).code).toBe(
      "engine",
    );
    expect(errorData(new DOMException("cannot be accessed from origin", "SecurityError"))).toEqual({
      code: "forbidden",
      params: { what: "Web Worker", policy: "cannot be accessed from origin" },
    });
    // Firefox throws this text itself, and no error.
    expect(errorData("out of memory").code).toBe("memory");
  });
});
