import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { AuthorError } from "../src/lab/authored.ts";
import { bytesText } from "../src/ui/bytes.ts";
import { run } from "./lib/child.ts";
import { commitDate, packageVersion } from "./lib/edition.ts";
import { writeLists } from "./lib/offline.ts";
import { GUEST, ROOT } from "./lib/paths.ts";
import { ensurePackages, MissingSystemPackagesError } from "./lib/system-packages.ts";
import { HEADLESS } from "./lib/test-setup.ts";
import { documentsOf } from "./pdf/book.ts";
import { TypesetError, Typesetter } from "./pdf/compile.ts";
import { ConvertError } from "./pdf/convert.ts";
import { FONTS } from "./pdf/fonts.ts";
import { listFiles, type Made } from "./pdf/listing.ts";
import { BuiltSite } from "./pdf/site.ts";

/**
 * `npm run pdf`: both languages' books, and each chapter by itself, in dist/pdf, from the built site.
 * `--language en` makes one language's only. Builds the site where there is none. SITE_URL and SITE_BASE are those it was built with;
 * without SITE_URL, no codes lead from the paper to the site.
 */
const { SITE_URL, SITE_BASE = "/" } = process.env;
const OUT = `${ROOT}dist/pdf`;
const LANGUAGES = ["zh", "en"] as const;

const { values } = parseArgs({ options: { language: { type: "string" } } });

try {
  process.exitCode = await main();
} catch (thrown) {
  const known = [AuthorError, ConvertError, TypesetError, MissingSystemPackagesError];
  if (!known.some((type) => thrown instanceof type)) throw thrown;
  console.error((thrown as Error).message);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const wanted = LANGUAGES.filter(
    (each) => values.language === undefined || values.language === each,
  );
  if (wanted.length === 0) {
    console.error(`There is no book in "${values.language}"; there are: ${LANGUAGES.join(", ")}`);
    return 1;
  }
  ensurePackages([HEADLESS, ...FONTS]);
  if (!existsSync(`${ROOT}dist/zh/index.html`)) {
    console.log("There is no site in dist/ yet: building it first.");
    const { code } = await run("node", ["tools/build.ts"]);
    if (code !== 0) return code;
  }
  if (!SITE_URL)
    console.error(
      "SITE_URL is not set: no codes and links lead from the paper to the site. SITE_URL=https://example.org npm run pdf",
    );
  const date = commitDate();
  const typesetter = await Typesetter.create();
  const site = await BuiltSite.open(`${ROOT}dist`, SITE_BASE);
  try {
    for (const language of wanted) {
      const started = performance.now();
      const address = SITE_URL && new URL(`${SITE_BASE.replace(/\/$/, "")}/`, SITE_URL).href;
      const options = {
        language,
        address,
        date,
        version: await packageVersion(),
        machines: await machines(),
      };
      const made: Made[] = [];
      for (const { name, source } of await documentsOf(site, options)) {
        const { pdf, pages } = typesetter.compile(source, date);
        const file = `${OUT}/${name}.pdf`;
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, pdf);
        made.push({ name: `${name}.pdf`, bytes: pdf.length, pages });
        console.log(`dist/pdf/${name}.pdf: ${pages} pages, ${bytesText(pdf.length, "en")}`);
      }
      const page = `${ROOT}dist/${language}/print/index.html`;
      await listFiles(page, language, made, date, SITE_BASE);
      console.log(`${language}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    // The pages that list the files are others now.
    await writeLists(`${ROOT}dist`);
  } finally {
    await site.close();
  }
  return 0;
}

async function machines(): Promise<string[]> {
  const manifest = JSON.parse(await readFile(`${GUEST}/manifest.json`, "utf8"));
  return Object.entries(manifest.machines as Record<string, { inputHash: string }>).map(
    ([id, { inputHash }]) => `${id} ${inputHash.slice(0, 8)}`,
  );
}
