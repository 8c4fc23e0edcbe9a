import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MachineError } from "../../src/machine/errors.ts";
import {
  type GuestSource,
  httpSource,
  readManifest,
  readVerified,
} from "../../src/machine/files.ts";
import type { GuestFile } from "../../src/machine/manifest.ts";

const CONTENT = new TextEncoder().encode(
  Array.from({ length: 2000 }, (_, line) => `${(line * 7919) % 10007}\n`).join(""),
);
const STORED = zstdCompressSync(CONTENT);
const FILE: GuestFile = {
  path: "linux/kernel.00000000.bin",
  size: STORED.length,
  sha256: createHash("sha256").update(STORED).digest("hex"),
  encoding: "zstd",
  rawSize: CONTENT.length,
};

/** A source that gives `bytes` in pieces, and breaks off after `until` of them. */
function source(bytes: Uint8Array, until = Number.POSITIVE_INFINITY): GuestSource {
  return {
    async open() {
      let at = 0;
      return new ReadableStream({
        pull(controller) {
          if (at >= until) return controller.error(new TypeError("network error"));
          if (at >= bytes.length) return controller.close();
          controller.enqueue(bytes.slice(at, at + 20));
          at += 20;
        },
      });
    },
  };
}

async function failure(work: Promise<unknown>) {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(MachineError);
  return (thrown as MachineError).data;
}

describe("readVerified", () => {
  it("gives what matches, decoded, and counts the bytes as served", async () => {
    let counted = 0;
    const bytes = await readVerified(source(STORED), FILE, { fresh: false }, (count) => {
      counted += count;
    });
    expect(bytes).toEqual(CONTENT);
    expect(counted).toBe(STORED.length);
  });

  it("refuses a file in which one bit differs, naming both hashes", async () => {
    const bad = Uint8Array.from(STORED);
    const middle = bad.length >> 1;
    bad[middle] = (bad[middle] ?? 0) ^ 1;
    const data = await failure(readVerified(source(bad), FILE, { fresh: false }, () => {}));
    expect(data).toMatchObject({
      code: "integrity",
      params: {
        file: FILE.path,
        expected: FILE.sha256,
        got: createHash("sha256").update(bad).digest("hex"),
      },
    });
  });

  it("refuses a file that is longer than the manifest says", async () => {
    const long = Uint8Array.from([...STORED, 0]);
    const data = await failure(readVerified(source(long), FILE, { fresh: false }, () => {}));
    expect(data).toMatchObject({ code: "integrity", params: { gotSize: STORED.length + 1 } });
  });

  it("tells a broken connection and an early end from a damaged file", async () => {
    for (const cut of [source(STORED, 40), source(STORED.subarray(0, 40))]) {
      const data = await failure(readVerified(cut, FILE, { fresh: false }, () => {}));
      expect(data).toMatchObject({
        code: "download",
        params: { file: FILE.path, received: 40, total: STORED.length },
      });
    }
  });
});

describe("a file that the server does not have", () => {
  const answering = (status: number): GuestSource => {
    vi.stubGlobal("fetch", async () => new Response("gone", { status }));
    return httpSource("http://book.test/guest/");
  };
  afterEach(() => vi.unstubAllGlobals());

  it.each([404, 410])(
    "is, of those that the manifest lists, one of an older site (%i)",
    async (status) => {
      const data = await failure(readVerified(answering(status), FILE, { fresh: false }, () => {}));
      expect(data).toEqual({ code: "stale", params: { file: FILE.path } });
    },
  );

  it("is another matter where the server is in trouble", async () => {
    const data = await failure(readVerified(answering(503), FILE, { fresh: false }, () => {}));
    expect(data).toMatchObject({ code: "download", params: { reason: "HTTP 503", received: 0 } });
  });

  it("is the manifest itself where no machines were built", async () => {
    const data = await failure(readManifest(answering(404), { fresh: false }));
    expect(data).toMatchObject({ code: "download", params: { reason: "HTTP 404" } });
  });
});

describe("readManifest", () => {
  it("names the field that is wrong", async () => {
    const text = JSON.stringify({ schema: 1, engine: { name: "qemu" }, machines: {} });
    const data = await failure(
      readManifest(source(new TextEncoder().encode(text)), { fresh: false }),
    );
    expect(data.code).toBe("manifest");
    expect(JSON.stringify(data.params)).toContain("engine");
  });

  it("says that it is not JSON when a server answers with a page", async () => {
    const page = new TextEncoder().encode("<!doctype html>");
    expect((await failure(readManifest(source(page), { fresh: false }))).code).toBe("manifest");
  });
});
