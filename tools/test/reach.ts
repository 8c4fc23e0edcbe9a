import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DOCS, ROOT } from "../lib/paths.ts";
import type { Changes } from "./changed.ts";
import { type Scope, stageNames } from "./stages.ts";

/** What a change can reach. */
export interface Reach {
  /** Stages to run. */
  stages: readonly string[];
  /** What of them. */
  scope: Scope;
  /** What was chosen and why, in one line. */
  why: string;
}

/** What the files of one kind reach; what is left out, they do not. */
interface Effect {
  stages: readonly string[];
  /** Pages whose content they are; without it, all pages. */
  pages?: readonly string[];
  /** Browser tests; without it, all. */
  specs?: readonly string[];
  /** Guest tests: those that import them, or the exercises' alone; without it, all. */
  guest?: "imports" | "exercises";
}

const EVERYTHING: Effect = { stages: stageNames };
/** What reads the built site. */
const SITE = ["machines", "build", "book", "pdf", "pages", "e2e"];
const CODE = ["lint", "types", "unit"];
/** Of the book as a whole: every link and anchor. */
const LINKS = "site-base.spec.ts";
/** Browser tests that the stage `pages` runs, whatever page it visits. */
const OF_PAGES = ["search.spec.ts", "site.spec.ts", "site-pages.spec.ts"];
const E2E = "tests/e2e";

/**
 * Kinds of files, the first that fits counts; what fits none reaches everything. Tests of code are
 * chosen further, by what they import.
 */
const KINDS: readonly [path: RegExp, effect: (...groups: string[]) => Effect][] = [
  [/^(docs\/|README|LICENSE|\.github\/|[^/]+\.md$)/, () => ({ stages: ["lint", "book", "unit"] })],
  [/^src\/content\/docs\/\w+\/([\w-]+)\.mdx$/, (slug = "") => ofPage(slug)],
  [/^src\/content\/(answers|guesses)\/([\w-]+)\.yaml$/, (_, slug = "") => ofPage(slug)],
  [/^src\/content\/exercises\/([a-z]+)-[\w-]+\.yaml$/, (slug = "") => ofExercise(slug)],
  [/^src\/content\/(experiments|transcripts)\/([\w-]+)\//, (_, id = "") => ofExperiment(id)],
  [/^src\/content\//, () => ({ stages: ["lint", "unit", "guest", ...SITE] })],
  [
    /^src\/(components|pages|styles|book|offline)\//,
    () => ({ stages: [...CODE, ...SITE, "measure"] }),
  ],
  [/^tests\/unit\//, () => ({ stages: CODE })],
  [
    /^tests\/guest\//,
    () => ({ stages: [...CODE, "machines", "guest", "measure"], guest: "imports" }),
  ],
  [/^tests\/e2e\/fixtures\//, () => ({ stages: [...CODE, ...SITE, "measure"] })],
  [/^tests\/e2e\/(.*\.measure\.spec\.ts)$/, () => ({ stages: [...CODE, "build", "measure"] })],
  [
    /^tests\/e2e\/(search|site|site-pages)\.spec\.ts$/,
    () => ({ stages: [...CODE, "build", "pages"] }),
  ],
  [
    /^tests\/e2e\/(.*\.spec\.ts)$/,
    (spec = "") => ({ stages: [...CODE, "build", "e2e"], specs: [spec] }),
  ],
  [/^(tests|tools)\/pdf/, () => ({ stages: [...CODE, "build", "pdf", "bundle"] })],
  [/^(tests|tools)\/bundle/, () => ({ stages: [...CODE, "build", "pdf", "bundle"] })],
  [/^tools\/check/, () => ({ stages: [...CODE, "book"] })],
  [/^(biome|cspell)\.json$/, () => ({ stages: ["lint", "book"] })],
];

/** Which stages, pages and tests the changed files can reach. In doubt, it is more rather than less. */
export function reach({ base, files }: Changes): Reach {
  const short = base.slice(0, 8);
  if (files.length === 0)
    return { stages: [], scope: {}, why: `Nothing has changed since ${short}: nothing to test.` };
  const effects = files.map((file) => ({ file, effect: effectOf(file) }));
  const stages = stageNames.filter((name) =>
    effects.some(({ effect }) => effect.stages.includes(name)),
  );
  const all = effects.find(({ effect }) => effect === EVERYTHING);
  const changed = [`--changed=${base}`];
  // By imports, as far as tests import what they test; content they read.
  const byImports = files.every((file) => /^(src|tests|tools)\/(?!content\/).*\.tsx?$/.test(file));
  const pages = narrowed(effects, "pages", "pages");
  const specs = narrowed(effects, "e2e", "specs");
  const guest = guestArguments(effects, changed);
  const scope: Scope = all
    ? {}
    : {
        vitest: {
          ...(byImports && { unit: changed, measure: changed }),
          ...(guest && { guest }),
        },
        ...(pages && { pages }),
        ...(specs && { specs: specs.map((name) => `${E2E}/${name}`) }),
      };
  return { stages, scope, why: said(short, files, stages, scope, all?.file) };
}

function effectOf(file: string): Effect {
  for (const [path, effect] of KINDS) {
    const found = path.exec(file);
    if (found) return effect(...found.slice(1));
  }
  return EVERYTHING;
}

/** Vitest's arguments for what all changes narrow the guest tests to. */
function guestArguments(effects: readonly { effect: Effect }[], changed: readonly string[]) {
  const reaching = effects.filter(({ effect }) => effect.stages.includes("guest"));
  const kinds = new Set(reaching.map(({ effect }) => effect.guest));
  if (kinds.size !== 1) return undefined;
  if (kinds.has("imports")) return changed;
  return kinds.has("exercises") ? ["tests/guest/exercises.test.ts"] : undefined;
}

/** A page of the book: it, the pages that list what is in it, and tests that open it. */
function ofPage(slug: string): Effect {
  return {
    stages: ["lint", "unit", ...SITE],
    pages: slug === "index" ? ["/(zh|en)/$", "/$"] : [`/(zh|en)/${slug}/`, "/(zh|en)/references/"],
    specs: specsWith(`/${slug}/`),
  };
}

/** An experiment: its test, its own page, and the chapters that place it. */
function ofExperiment(id: string): Effect {
  const slugs = readdirSync(join(DOCS, "en"))
    .filter((file) => readFileSync(join(DOCS, "en", file), "utf8").includes(`"${id}"`))
    .map((file) => file.replace(/\.mdx$/, ""));
  return {
    stages: ["lint", "unit", "guest", ...SITE],
    // Its file is a test file.
    guest: "imports",
    pages: [
      `/(zh|en)/experiments/(${id}/)?$`,
      "/(zh|en)/claims/",
      ...slugs.map((slug) => `/(zh|en)/${slug}/`),
    ],
    specs: specsWith(`"${id}"`),
  };
}

/** The browser tests of the stage `e2e` that say a word, and those of the book as a whole. */
function specsWith(word: string): string[] {
  return readdirSync(join(ROOT, E2E)).filter(
    (file) =>
      file === LINKS ||
      (/(?<!\.measure)\.spec\.ts$/.test(file) &&
        !OF_PAGES.includes(file) &&
        readFileSync(join(ROOT, E2E, file), "utf8").includes(word)),
  );
}

/** An exercise: the page that sets it, and the test that fails and solves each. */
function ofExercise(slug: string): Effect {
  const page = ofPage(slug);
  return { ...page, stages: [...page.stages, "guest"], guest: "exercises" };
}

/** What all files that reach a stage narrow it to; undefined when one of them does not. */
function narrowed(
  effects: readonly { effect: Effect }[],
  stage: string,
  key: "pages" | "specs",
): string[] | undefined {
  const reaching = effects.filter(({ effect }) => effect.stages.includes(stage));
  if (reaching.length === 0) return undefined;
  if (reaching.some(({ effect }) => effect[key] === undefined)) return undefined;
  return [...new Set(reaching.flatMap(({ effect }) => effect[key] ?? []))];
}

function said(
  base: string,
  files: readonly string[],
  stages: readonly string[],
  scope: Scope,
  all: string | undefined,
): string {
  const what = files.length === 1 ? files[0] : `${files.length} files`;
  const head = `Changed since ${base}: ${what}.`;
  if (all) return `${head} Everything is run: ${all} can reach all of it.`;
  const only = [
    scope.vitest?.unit && "unit tests by what they import",
    scope.vitest?.guest && `guest tests with ${scope.vitest.guest.join(" ")}`,
    scope.pages && `of the pages ${scope.pages.join(", ")}`,
    scope.specs &&
      `of the browser tests ${scope.specs.map((name) => name.slice(E2E.length + 1)).join(", ")}`,
  ].filter(Boolean);
  const narrow = only.length > 0 ? `; ${only.join("; ")}` : "";
  return `${head} It reaches ${stages.join(", ")}${narrow}.`;
}
