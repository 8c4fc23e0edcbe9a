import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { policyOf } from "../../tools/lib/policy.ts";

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const scripts = (page: string) => /script-src ([^;]+);/.exec(policyOf(page))?.[1]?.trim();

describe("a page's policy", () => {
  it("names the scripts that stand in the page by their hashes, each once", () => {
    const page =
      '<script>one()</script><script type="module">two("<b>")\n</script><script>one()</script>';
    expect(scripts(page)).toBe(
      `'self' 'wasm-unsafe-eval' ${hash("one()")} ${hash('two("<b>")\n')}`,
    );
  });

  it("names none for files and data", () => {
    const page =
      '<script type="module" src="/a.js"></script><script type="application/ld+json">{}</script><script id="x" type="application/json">[]</script>';
    expect(scripts(page)).toBe("'self' 'wasm-unsafe-eval'");
  });
});
