import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow } from "./files.ts";

/** A script that stands in the page, with its attributes. Its text ends at the first end tag. */
const INLINE = /<script(?![^>]*\ssrc=)([^>]*)>(.*?)<\/script>/gs;
/** A script that is data: no browser runs it, and no policy asks for it. */
const DATA = /\stype="(application\/(ld\+)?json|importmap|speculationrules)"/;
/** The first thing in a page's head: browsers look for the encoding in its first 1024 bytes. */
const CHARSET = /<meta charset="?utf-8"?\s*\/?>/i;

/**
 * What a page may do (Content Security Policy Level 3), by what stands in it: no script but the site's
 * own files and the ones in this very page, none made from text, nothing from elsewhere.
 * - `wasm-unsafe-eval`: the emulator compiles the guest's code as it runs.
 * - `worker-src blob:`: v86 makes the worker that keeps its time from a blob.
 * - `connect-src data:`: the decoder of the machines' files is part of a script, as text.
 * - `style-src 'unsafe-inline'`: Starlight, Expressive Code and xterm.js write style attributes.
 * @param page  the whole page
 */
export function policyOf(page: string): string {
  const scripts = [...page.matchAll(INLINE)]
    .filter(([, attributes = ""]) => !DATA.test(attributes))
    .map(([, , text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  return [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' ${[...new Set(scripts)].join(" ")}`,
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join("; ");
}

/** Puts its policy into each page of a built site. @throws Error at a page without an encoding */
export async function writePolicies(site: string): Promise<void> {
  for (const file of (await filesBelow(site)).filter((path) => path.endsWith(".html"))) {
    const page = await readFile(join(site, file), "utf8");
    const policy = `<meta http-equiv="content-security-policy" content="${policyOf(page)}">`;
    const withPolicy = page.replace(CHARSET, (charset) => `${charset}${policy}`);
    if (withPolicy === page) throw new Error(`${file}: no <meta charset> to put the policy after`);
    await writeFile(join(site, file), withPolicy);
  }
}
