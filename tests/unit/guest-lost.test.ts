import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { LockedPackage } from "../../tools/guest/lock.ts";
import { DownloadError, downloadPackages } from "../../tools/guest/mirror.ts";
import { lockedPackage } from "./fixtures/locked-package.ts";

/** A server in a process of its own: apt's downloader is waited for. */
const SERVER = `
  const server = require("node:http").createServer((request, response) => {
    response.writeHead(request.url.includes("lost") ? 404 : 500).end();
  });
  server.listen(0, "localhost", () => console.log(server.address().port));
`;
const LOCKED = lockedPackage("lost", { suite: "forky" });

const cache = mkdtempSync(join(tmpdir(), "one-kernel-lost-"));
let server: ChildProcess;
beforeAll(async () => {
  server = spawn(process.execPath, ["--eval", SERVER]);
  const [port] = await once(server.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  vi.stubEnv("DEBIAN_MIRROR", `http://localhost:${String(port).trim()}/`);
  vi.stubEnv("no_proxy", "localhost");
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.kill();
  rmSync(cache, { recursive: true });
});

function failure(locked: LockedPackage): DownloadError {
  try {
    downloadPackages(cache, [locked]);
  } catch (thrown) {
    if (thrown instanceof DownloadError) return thrown;
    throw thrown;
  }
  throw new Error("it was downloaded");
}

it("a package that the archive has dropped is named, with how to move its suite alone", () => {
  const { message, lost } = failure(LOCKED);
  expect(message).toContain("no longer has lost 1.0, which forky had");
  expect(message).toContain("npm run guest -- --update-lock --suite forky\n");
  expect(lost).toMatchObject({ name: "lost", suite: "forky", architecture: "i386" });
});

it("an archive of a source package belongs to that package", () => {
  const archives = [{ filename: "pool/l/lost_1.0.orig.tar.xz", size: 10, sha256: "1".repeat(64) }];
  const { message, lost } = failure({ ...LOCKED, architecture: "source", archives });
  expect(message).toContain("no longer has source package lost 1.0");
  expect(lost).toMatchObject({ name: "lost", architecture: "source" });
});

it("a server in trouble has lost nothing", () => {
  const { message, lost } = failure({ ...LOCKED, filename: "pool/main/k/kept_1_i386.deb" });
  expect(message).toContain("lost 1.0 could not be downloaded");
  expect(lost).toBeUndefined();
});
