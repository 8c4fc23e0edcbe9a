import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Shell } from "../../src/lab/shell.ts";
import type { GuestSource } from "../../src/machine/files.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { folderSource, overlaySource } from "../../src/machine/node.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { sha256 } from "../../tools/guest/cache.ts";
import { sharedFiles } from "../../tools/guest/share.ts";
import { ShareWriter } from "../../tools/guest/share-writer.ts";
import { readGuestManifest } from "../../tools/lib/node-lab.ts";
import { GUEST } from "../../tools/lib/paths.ts";
import { sampleBytes } from "../unit/fixtures/shared-content.ts";

/** Smaller than the book's, so that there is less to compress. */
const CUT = { whole: 256 * 1024, piece: 128 * 1024 };
const OPTIONS = { typingMs: 0, limitSeconds: 60 };
/** Bytes of a page of guest memory, which is what the guest reads when it looks at one place. */
const PAGE = 4096;
let machine: Machine | undefined;
const folder = mkdtempSync(join(tmpdir(), "pieces-"));
afterEach(() => {
  machine?.destroy();
  rmSync(folder, { recursive: true });
});

/** The machine `linux` with one file in its shared tree, and what it fetches, in order. */
async function linuxWith(name: string, data: Uint8Array) {
  const { engine, machines } = await readGuestManifest(GUEST);
  if (!machines.linux) throw new Error("the manifest has a machine linux");
  const { snapshot: _, files, ...rest } = machines.linux;
  const tree = new ShareWriter(folder, CUT);
  tree.add({ kind: "file", path: name, mode: 0o644, data });
  const share = tree.finish();
  const pieces = sharedFiles(folder, share).map(({ path }) => path);
  const own = [share.path, ...pieces].map((path) => [path, readFileSync(join(folder, path))]);
  const linux = { ...rest, files: { ...files, share } } as Manifest["machines"][string];
  const manifest: Manifest = { schema: 1, engine, machines: { linux } };
  const overlay = { ...Object.fromEntries(own), "manifest.json": JSON.stringify(manifest) };
  const below = overlaySource(overlay, folderSource(GUEST));
  const opened: string[] = [];
  const source: GuestSource = {
    open(path, options) {
      opened.push(path);
      return below.open(path, options);
    },
  };
  return { source, pieces, opened };
}

describe("a large shared file", () => {
  it("is fetched where the guest reads it, each piece once, and is right", async () => {
    const data = sampleBytes(6 * CUT.piece + 3 * PAGE + 5);
    const { source, pieces, opened } = await linuxWith("large", data);
    expect(pieces).toHaveLength(7);
    machine = new Machine("linux", source);
    const shell = new Shell(machine, 0);
    await bringUp(machine);
    opened.splice(0);
    expect((await shell.run("stat -c %s /srv/large", OPTIONS)).output).toBe(String(data.length));
    expect(opened).toEqual([]);

    const page = Math.floor(data.length / PAGE);
    const end = await shell.run(`dd if=/srv/large bs=${PAGE} skip=${page} | sha256sum`, OPTIONS);
    expect(end.output).toContain(sha256(data.subarray(page * PAGE)));
    expect(opened).toEqual(pieces.slice(-1));

    const whole = await shell.run("sha256sum /srv/large", OPTIONS);
    expect(whole.output).toContain(sha256(data));
    expect(opened.toSorted()).toEqual(pieces.toSorted());
  });
});
