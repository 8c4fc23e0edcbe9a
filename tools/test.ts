import { run, secondsSince } from "./lib/child.ts";
import { ensureGuest } from "./lib/ensure-guest.ts";
import { buildSite } from "./lib/site.ts";
import { ensurePackages } from "./lib/system-packages.ts";
import { playwright, type StageResult, vitest } from "./lib/test-runners.ts";
import { BASE_SITE, BROWSER, CJK_FONT, FIREFOX, PDF_TOOLS } from "./lib/test-setup.ts";

/** `npm test`: every stage in order, each whatever became of the others. `npm test -- unit e2e` runs some. */
const stages: Record<string, () => Promise<StageResult>> = {
  types: () => check("astro", ["check"], /Result \((\d+) files\)/),
  lint: () => check("biome", ["check", "--error-on-warnings"], /Checked (\d+) files/),
  unit: () => vitest("unit"),
  guest: async () => ((await ensureGuest()) ? vitest("guest") : failed("the guest was not built")),
  build: async () => {
    if (!(await ensureGuest())) return failed("the guest was not built");
    const root = await buildSite();
    const based = await buildSite({ SITE_BASE: BASE_SITE.base, SITE_OUT: BASE_SITE.folder });
    return root && based ? passed : failed("the site was not built");
  },
  book: async () => {
    if (!(await ensureGuest())) return failed("the guest was not built");
    const { code } = await run("node", ["tools/check.ts"]);
    return code === 0 ? passed : failed("npm run check found trouble");
  },
  pdf: async () => {
    ensurePackages(PDF_TOOLS);
    const { code } = await run("node", ["tools/pdf.ts"]);
    return code === 0 ? vitest("pdf") : failed("npm run pdf failed");
  },
  bundle: async () => {
    ensurePackages([BROWSER, { command: "python3", package: "python3" }]);
    const { code } = await run("node", ["tools/bundle.ts"]);
    return code === 0 ? vitest("bundle") : failed("npm run bundle failed");
  },
  pages: async () => {
    ensurePackages([BROWSER, CJK_FONT]);
    return playwright("pages");
  },
  e2e: async () => {
    ensurePackages([BROWSER, FIREFOX, CJK_FONT]);
    return playwright("machines");
  },
};

const passed: StageResult = { passed: 0, failed: 0, skipped: 0 };
const failed = (note: string): StageResult => ({ passed: 0, failed: 1, skipped: 0, note });

/** A stage without tests. It must say how many files it looked at, or it counts as failed. */
async function check(program: string, args: string[], files: RegExp): Promise<StageResult> {
  const { code, output } = await run(program, args, { keep: true });
  if (code !== 0) return failed(`${program} ended with status ${code}`);
  const count = Number(files.exec(output)?.[1] ?? 0);
  return count > 0 ? { ...passed, note: `${count} files` } : failed(`${program} saw no files`);
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`No stage "${unknown.join('", "')}". There are: ${Object.keys(stages).join(", ")}`);
  process.exit(2);
}

const rows: string[][] = [];
let allPassed = 0;
let allFailed = 0;
for (const [name, stage] of Object.entries(stages)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n── ${name}`);
  const start = performance.now();
  const result = await stage().catch((error: unknown) => failed(String(error)));
  const time = secondsSince(start);
  console.log(`── ${name}: ${result.failed ? "failed" : "passed"} in ${time}`);
  allPassed += result.passed;
  allFailed += result.failed;
  rows.push([
    name,
    result.failed ? "failed" : "passed",
    time,
    `${result.passed}`,
    `${result.failed}`,
    `${result.skipped}`,
    result.note ?? "",
  ]);
}

const table = [["stage", "result", "time", "passed", "failed", "skipped", ""], ...rows];
const widths = table[0]?.map((_, column) => Math.max(...table.map((r) => r[column]?.length ?? 0)));
console.log();
for (const row of table)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
console.log(`\n${allPassed} passed, ${allFailed} failed`);
process.exitCode = allFailed > 0 ? 1 : 0;
