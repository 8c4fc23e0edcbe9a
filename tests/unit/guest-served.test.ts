import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Plugin, type ViteDevServer } from "vite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { servedGuest } from "../../tools/lib/served-guest.ts";

let root: string;
let server: ViteDevServer | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "served-"));
  mkdirSync(join(root, "public"));
});

afterEach(async () => {
  await server?.close();
  rmSync(root, { recursive: true });
});

/** A development server that hears of no new file, as one that has not begun to listen yet. */
async function serve(plugins: Plugin[]): Promise<(path: string) => Promise<Response>> {
  server = await createServer({
    root,
    configFile: false,
    logLevel: "silent",
    appType: "custom",
    plugins,
    server: { watch: null, host: "localhost", port: 0 },
  });
  await server.listen();
  const [address] = server.resolvedUrls?.local ?? [];
  return (path) => fetch(new URL(path, address));
}

/** What a build publishes while the server is there already. */
function publish(path: string, text: string): void {
  const file = join(root, "public/images/guest", path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

const guest = () => servedGuest("/", join(root, "public/images/guest"));

it("gives a file that was published after the server began, and what it is now", async () => {
  const get = await serve([guest()]);
  publish("engine/v86.0123456789.bin", "engine");
  expect(await (await get("images/guest/engine/v86.0123456789.bin")).text()).toBe("engine");
  publish("manifest.json", "{}");
  expect(await (await get("images/guest/manifest.json")).text()).toBe("{}");
  publish("manifest.json", '{"schema":1}');
  expect(await (await get("images/guest/manifest.json")).text()).toBe('{"schema":1}');
});

it("says that there is no file which there is not, and gives none from elsewhere", async () => {
  const get = await serve([guest()]);
  writeFileSync(join(root, "public/secret"), "not of the machines");
  expect((await get("images/guest/nothing.bin")).status).toBe(404);
  expect(await (await get("images/guest/%2e%2e%2f%2e%2e%2fsecret")).text()).not.toContain(
    "not of the machines",
  );
});

it("is needed: Vite by itself knows the files there were when it began", async () => {
  const get = await serve([]);
  publish("engine/v86.0123456789.bin", "engine");
  expect((await get("images/guest/engine/v86.0123456789.bin")).status).toBe(404);
});
