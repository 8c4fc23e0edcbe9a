import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
let bin: string;

/** A computer without what is asked for, whose package manager talks while it installs it. */
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "bare-"));
  const apt = `#!/bin/sh
echo "Get:1 http://mirror.example $1"
[ "$1" = update ] || { printf '#!/bin/sh\\n' > ${bin}/thing && /bin/chmod +x ${bin}/thing; }
`;
  writeFileSync(join(bin, "apt-get"), apt);
  chmodSync(join(bin, "apt-get"), 0o755);
});
afterEach(() => rmSync(bin, { recursive: true }));

describe("output for programs", () => {
  it.runIf(process.getuid?.() === 0)(
    "is JSON and nothing else, although packages are installed and a library prints",
    async () => {
      const module = (path: string) => JSON.stringify(join(root, "tools/lib", path));
      const script = `
        const { keepOutputForJson } = await import(${module("json-output.ts")});
        const { ensurePackages } = await import(${module("system-packages.ts")});
        const print = keepOutputForJson();
        ensurePackages([{ command: "thing", package: "thing" }]);
        console.log("a library's own words");
        print([{ id: 1 }]);`;
      const args = ["--input-type=module", "--eval", script];
      const { stdout, stderr } = await run(process.execPath, args, { env: { PATH: bin } });
      expect(JSON.parse(stdout)).toEqual([{ id: 1 }]);
      expect(stderr).toContain("installing Debian packages: thing");
      expect(stderr).toContain("Get:1 http://mirror.example install");
      expect(stderr).toContain("a library's own words");
    },
  );

  it("is JSON for the list of experiments, too", async () => {
    const { stdout } = await run(process.execPath, ["tools/experiment.ts", "--json"], {
      cwd: root,
    });
    expect(JSON.parse(stdout)).toContainEqual({ id: "uts", title: expect.anything() });
  });
});
