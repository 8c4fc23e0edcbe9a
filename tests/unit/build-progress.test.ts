import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { manifestWith, POLL_MS, SILENT_POLLS } from "../../src/machine/await-build.ts";
import type { BuildFile, BuildProgress } from "../../src/machine/build-progress.ts";
import { MachineError } from "../../src/machine/errors.ts";
import type { GuestSource } from "../../src/machine/files.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { machineRecord } from "./fixtures/published.ts";

const file = {
  path: "x/y.bin",
  size: 1,
  sha256: "0".repeat(64),
  encoding: "identity",
  rawSize: 1,
} as const;
const machine = machineRecord("machine", { bios: file, floppy: file });
const manifestOf = (...ids: string[]): Manifest => ({
  schema: 1,
  engine: { name: "v86", version: "1", wasm: file },
  machines: Object.fromEntries(ids.map((id) => [id, machine])),
});

type Running = Extract<BuildFile, { state: "running" }>;
const linux = { title: { zh: "Linux", en: "Linux" }, ready: false, fraction: 0.5, secondsLeft: 90 };
const running: Running = {
  schema: 1,
  state: "running",
  pid: 7,
  machine: "linux",
  step: "kernel",
  beat: 0,
  waitsFor: null,
  machines: { linux },
};

/** What a server has at the moment: nothing to begin with. */
class Server implements GuestSource {
  readonly files = new Map<string, unknown>();
  readonly asked: string[] = [];

  put(name: "manifest.json" | "building.json", content: unknown) {
    if (content === undefined) this.files.delete(name);
    else this.files.set(name, content);
  }

  async open(path: string) {
    this.asked.push(path);
    if (!this.files.has(path)) throw new Error("HTTP 404");
    return new Response(JSON.stringify(this.files.get(path))).body as ReadableStream<Uint8Array>;
  }
}

let server: Server;
let told: BuildProgress[];
beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  told = [];
});
afterEach(() => vi.useRealTimers());

function load(id: string, signal?: AbortSignal): Promise<Manifest | unknown> {
  const building = (progress: BuildProgress) => told.push(progress);
  return manifestWith(id, server, false, { building, signal }).catch((thrown: unknown) =>
    thrown instanceof MachineError ? thrown.data : thrown,
  );
}
/** Lets that many polls happen, each with a beat of the builder. */
async function beat(polls: number, build = running) {
  for (let at = 0; at < polls; at++) {
    server.put("building.json", { ...build, beat: told.length + 1 });
    await vi.advanceTimersByTimeAsync(POLL_MS);
  }
}

describe("a machine that is being built", () => {
  it("is waited for, however long, and told of on the way", async () => {
    server.put("building.json", running);
    const loaded = load("linux");
    await beat(10 * SILENT_POLLS);
    expect(told.at(-1)).toEqual({
      step: "kernel",
      at: { id: "linux", title: linux.title },
      fraction: 0.5,
      secondsLeft: 90,
      waitsFor: undefined,
    });
    server.put("manifest.json", manifestOf("linux"));
    await beat(1, { ...running, machines: { linux: { ...linux, ready: true } } });
    expect(await loaded).toEqual(manifestOf("linux"));
  });

  it("is there when the build has ended and taken its file away", async () => {
    server.put("manifest.json", manifestOf("tiny-os"));
    server.put("building.json", running);
    const loaded = load("linux");
    await beat(1);
    server.put("manifest.json", manifestOf("tiny-os", "linux"));
    server.put("building.json", undefined);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(await loaded).toEqual(manifestOf("tiny-os", "linux"));
  });

  it("is not waited for once the manifest has it, whatever the build is doing", async () => {
    server.put("manifest.json", manifestOf("linux"));
    server.put("building.json", running);
    expect(await load("linux")).toEqual(manifestOf("linux"));
    expect(server.asked).toEqual(["manifest.json"]);
  });

  it("comes after others, which are named, and after another build", async () => {
    const tiny = { ...linux, title: { zh: "小", en: "tiny" }, secondsLeft: null };
    server.put("building.json", { ...running, machines: { linux, "tiny-os": tiny } });
    void load("tiny-os");
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toMatchObject([{ at: { id: "linux" }, secondsLeft: undefined }]);
    const waiting = { ...running, machine: null, step: "waiting", waitsFor: 99 } as const;
    server.put("building.json", { ...waiting, beat: 1, machines: { "tiny-os": tiny } });
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(told.at(-1)).toMatchObject({ step: "waiting", at: undefined, waitsFor: 99 });
  });

  it("fails with the step, the reason and what kind of trouble it is, when its build does", async () => {
    server.put("building.json", running);
    const loaded = load("linux");
    await beat(3);
    const { beat: _, waitsFor: __, ...rest } = running;
    const failed: BuildFile = { ...rest, state: "failed", trouble: "disk-full", reason: "cc1: no" };
    server.put("building.json", failed);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(await loaded).toEqual({
      code: "build-failed",
      params: {
        id: "linux",
        step: "kernel",
        trouble: "disk-full",
        reason: "cc1: no",
        pid: 7,
        atZh: "Linux",
        atEn: "Linux",
      },
    });
  });

  it("fails when its builder has stopped beating: it is not waited for for ever", async () => {
    server.put("building.json", running);
    const loaded = load("linux");
    await vi.advanceTimersByTimeAsync((SILENT_POLLS + 1) * POLL_MS);
    expect(await loaded).toMatchObject({
      code: "build-failed",
      params: { trouble: "gone", pid: 7 },
    });
  });

  it("is no longer asked for when the machine is switched off", async () => {
    const off = new AbortController();
    server.put("building.json", running);
    const loaded = load("linux", off.signal);
    await beat(3);
    off.abort();
    expect(await loaded).toMatchObject({ name: "AbortError" });
    const asked = server.asked.length;
    await vi.advanceTimersByTimeAsync(10 * POLL_MS);
    expect(server.asked).toHaveLength(asked);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a machine that nobody builds", () => {
  it("is an error, as on a site", async () => {
    expect(await load("linux")).toMatchObject({
      code: "download",
      params: { file: "manifest.json" },
    });
    server.put("manifest.json", manifestOf("linux", "tiny-os"));
    expect(await load("nonsense")).toEqual({
      code: "unknown-machine",
      params: { id: "nonsense", known: "linux, tiny-os" },
    });
  });

  it("is an error when a build is at others only, or its file makes no sense", async () => {
    server.put("building.json", running);
    expect(await load("tiny-os")).toMatchObject({ code: "download" });
    server.put("building.json", { ...running, step: "dancing" });
    expect(await load("linux")).toMatchObject({ code: "download" });
  });
});
