import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
let bin: string;

/** A computer without QEMU, whose package manager talks while it installs one that prompts at once. */
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), "bare-"));
  const qemu = '#!/bin/sh\\nprintf "\\\\033]133;B\\\\007"\\nexec /bin/cat\\n';
  const apt = `#!/bin/sh
echo "Get:1 http://mirror.example $1"
[ "$1" = update ] || { printf '${qemu}' > ${bin}/qemu-system-i386; /bin/chmod +x ${bin}/qemu-system-i386; }
`;
  writeFileSync(join(bin, "apt-get"), apt);
  chmodSync(join(bin, "apt-get"), 0o755);
});
afterAll(() => rmSync(bin, { recursive: true }));

it.runIf(process.getuid?.() === 0)(
  "npm run bench -- --json prints JSON only, on a bare computer",
  async () => {
    const args = ["tools/bench.ts", "--json", "--runs", "1", "boot.linux.vs-qemu-tcg"];
    // The budget is missed against a QEMU that does nothing: the status is 1, and the figures are told.
    const { stdout, stderr } = await run(process.execPath, args, {
      cwd: root,
      env: { PATH: bin },
    }).catch((ended: { stdout: string; stderr: string }) => ended);
    expect(JSON.parse(stdout)).toMatchObject([{ id: "boot.linux.vs-qemu-tcg", ok: false }]);
    expect(stderr).toContain("Get:1 http://mirror.example install");
  },
);
