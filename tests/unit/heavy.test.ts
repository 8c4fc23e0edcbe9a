import { describe, expect, it } from "vitest";
import { heavyLoad, storedFiles } from "../../src/components/lab/heavy.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";

/** A machine of so many bytes beside the engine's half a million. */
function facts(title: string, size: number, memoryMiB: number) {
  const files = { engine: 500_000, [`${title}/snapshot`]: size };
  return { title, bytes: 500_000 + size, files, memoryMiB, restorable: true };
}

const known = {
  small: facts("small", 3_000_000, 128),
  large: facts("large", 21_500_000, 256),
};
const machine = (id: string, state = "idle") => ({
  port: { id, status: { state } } as unknown as MachinePort,
});
const device = (touch: boolean, connection = {}) => ({
  matchMedia: () => ({ matches: touch }),
  navigator: { connection },
});

describe("what the reader is asked before a start", () => {
  it("is nothing on a computer whose connection counts no bytes", () => {
    expect(heavyLoad([machine("large")], known, device(false))).toBeUndefined();
  });

  it("is how much a large machine takes, on a phone and where bytes are dear", () => {
    const load = { bytes: 22_000_000, memoryMiB: 256 };
    for (const here of [
      device(true),
      device(false, { saveData: true }),
      device(false, { type: "cellular" }),
    ])
      expect(heavyLoad([machine("large")], known, here)).toEqual(load);
  });

  it("is nothing for what is small, or on already", () => {
    const phone = device(true);
    expect(heavyLoad([machine("small")], known, phone)).toBeUndefined();
    expect(heavyLoad([machine("large", "ready")], known, phone)).toBeUndefined();
    expect(heavyLoad([machine("small"), machine("large", "failed")], known, phone)?.bytes).toBe(
      // The engine is downloaded once.
      25_000_000,
    );
  });

  it("is nothing for what this browser has kept, and what is left of it otherwise", async () => {
    const phone = device(true);
    const kept = new Set(["engine", "large/snapshot"]);
    expect(heavyLoad([machine("large")], known, phone, kept)).toBeUndefined();
    kept.delete("large/snapshot");
    expect(heavyLoad([machine("large")], known, phone, kept)?.bytes).toBe(21_500_000);
  });
});

describe("what a browser has kept", () => {
  const match = (url: RequestInfo | URL, options?: CacheQueryOptions) =>
    Promise.resolve(
      options?.ignoreSearch && url === "/guest/here" ? new Response("bytes") : undefined,
    );

  it("is told by its storage, file by file, wherever it stands in it", async () => {
    expect(await storedFiles(["here", "there"], "/guest/", { match })).toEqual(new Set(["here"]));
  });

  it("is nothing where there is no storage, or where it fails", async () => {
    expect(await storedFiles(["here"], "/guest/", undefined)).toEqual(new Set());
    const broken = { match: () => Promise.reject(new Error("no")) };
    expect(await storedFiles(["here"], "/guest/", broken)).toEqual(new Set());
  });
});
