import { ensurePackages, type SystemNeed } from "../lib/system-packages.ts";
import { BROWSER, CJK_FONT, FIREFOX, HEADLESS, PDF_TOOLS } from "../lib/test-setup.ts";
import { CORES_SOCKET } from "./cores.ts";
import type { Stage } from "./lanes.ts";
import type { Log } from "./log.ts";
import { failure, fine, type StageResult, together } from "./result.ts";
import { playwright, vitest } from "./runners.ts";
import { RECORD } from "./verified.ts";

/** What of a stage is run; without it, all. */
export interface Scope {
  /** More arguments for vitest, by project: files, `--changed=…`. */
  vitest?: Partial<Record<"unit" | "guest" | "measure", readonly string[]>>;
  /** Paths of the pages that are visited, as the start of a regular expression. */
  pages?: readonly string[];
  /** Files below `tests/e2e` that are run. */
  specs?: readonly string[];
}

export interface StageOptions {
  /** Where workers of the guest tests ask for cores. */
  coresSocket: string;
  /** Whether experiments may be taken from the record of an earlier run. */
  useRecord: boolean;
  scope?: Scope;
}

/** What a stage is, and what it wants of the operating system. */
type StageOf = Omit<Stage, "name"> & { system?: readonly SystemNeed[] };

/**
 * All stages in the order in which they get cores. What others wait for comes first; the guest tests
 * fill what is left, and what measures comes last, alone.
 */
function define({ coresSocket, useRecord, scope = {} }: StageOptions): Record<string, StageOf> {
  const { unit = [], guest = [], measure = [] } = scope.vitest ?? {};
  const lab = { [CORES_SOCKET]: coresSocket, [RECORD]: useRecord ? "use" : "ignore" };
  return {
    lint: {
      cores: 1,
      run: (log) => check(log, "biome", ["check", "--error-on-warnings"], /Checked (\d+) files/),
    },
    types: { cores: 1, run: (log) => check(log, "astro", ["check"], /Result \((\d+) files\)/) },
    unit: {
      cores: 1,
      run: (log) => vitest(log, ["--project=unit", "--project=alone", "--maxWorkers=1", ...unit]),
    },
    machines: { cores: 1, run: (log) => tool(log, "guest") },
    build: {
      needs: ["machines"],
      // Both write what Astro knows of the content.
      after: ["types"],
      cores: 1,
      run: (log) => tool(log, "test/build-sites"),
    },
    pdf: {
      needs: ["build"],
      system: PDF_TOOLS,
      cores: 1,
      run: async (log) => {
        const made = await tool(log, "pdf");
        return made.failed ? made : vitest(log, ["--project=pdf"]);
      },
    },
    book: { needs: ["machines"], cores: 1, run: (log) => tool(log, "check") },
    bundle: {
      needs: ["build"],
      after: ["pdf"],
      system: [BROWSER, { command: "python3", package: "python3" }],
      cores: 1,
      run: async (log) => {
        const made = await tool(log, "bundle");
        return made.failed ? made : vitest(log, ["--project=bundle"]);
      },
    },
    guest: {
      needs: ["machines"],
      cores: 0,
      run: (log) => vitest(log, ["--project=guest", "--project=experiments", ...guest], lab),
    },
    pages: {
      needs: ["build"],
      after: ["pdf", "bundle"],
      system: [HEADLESS, CJK_FONT],
      cores: Number.POSITIVE_INFINITY,
      run: (log) => {
        const only = scope.pages && { E2E_PAGES: scope.pages.join("|") };
        return playwright(log, "pages", [], { ...only });
      },
    },
    e2e: {
      needs: ["build"],
      after: ["pdf", "bundle"],
      system: [BROWSER, HEADLESS, FIREFOX, CJK_FONT],
      cores: Number.POSITIVE_INFINITY,
      run: (log) => playwright(log, "machines", scope.specs),
    },
    measure: {
      needs: ["build"],
      after: ["guest", "pages", "e2e"],
      system: [BROWSER, CJK_FONT],
      cores: Number.POSITIVE_INFINITY,
      run: async (log) =>
        together([
          await vitest(log, ["--project=measure", ...measure], lab),
          await playwright(log, "measure"),
        ]),
    },
  };
}

/** Names of all stages, in their order. */
export const stageNames = Object.keys(define({ coresSocket: "", useRecord: false }));

/**
 * The stages of these names, with what they need of the operating system installed or a failure that
 * says so.
 */
export function stagesOf(names: readonly string[], options: StageOptions): Stage[] {
  return Object.entries(define(options))
    .filter(([name]) => names.includes(name))
    .map(([name, { system = [], ...stage }]) => {
      try {
        ensurePackages(system);
        return { name, ...stage };
      } catch (error) {
        const { message } = error as Error;
        return { name, ...stage, run: () => Promise.resolve(failure(message)) };
      }
    });
}

/** A stage without tests. It must say how many files it looked at, or it counts as failed. */
async function check(
  log: Log,
  program: string,
  args: string[],
  files: RegExp,
): Promise<StageResult> {
  const { code, output } = await log.run(program, args);
  if (code !== 0) return failure(`${program} ended with status ${code}`);
  const count = Number(files.exec(output)?.[1] ?? 0);
  return count > 0 ? fine(`${count} files`) : failure(`${program} saw no files`);
}

/** Runs one of the project's own tools. */
async function tool(log: Log, name: string): Promise<StageResult> {
  const { code } = await log.run(process.execPath, [`tools/${name}.ts`]);
  return code === 0 ? fine() : failure(`tools/${name}.ts ended with status ${code}`);
}
