import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { builtMachines } from "../../src/components/lab/guest-sizes.ts";

const GUEST = "public/images/guest";
const here = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "one-kernel-sizes-"));
beforeAll(() => {
  mkdirSync(join(folder, GUEST), { recursive: true });
  process.chdir(folder);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

it.each([
  ["none", undefined],
  ["of an earlier format", JSON.stringify({ schema: 0, machines: {} })],
])("machines that are %s are none yet for npm start, and end a build", async (_, manifest) => {
  if (manifest !== undefined) writeFileSync(join(GUEST, "manifest.json"), manifest);
  vi.stubEnv("DEV", true);
  expect(await builtMachines()).toBeUndefined();
  vi.stubEnv("DEV", false);
  await expect(builtMachines()).rejects.toThrow('run "npm run guest" first');
});
