import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reporter, TestModule, TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";
import { writeWhole } from "../guest/cache.ts";
import { ROOT, TRANSCRIPTS } from "../lib/paths.ts";
import { MEMORY } from "./verified.ts";

/** Seconds that each test file took when it was last run, by its path. */
type Durations = Record<string, number>;

const FILE = join(MEMORY, "durations.json");

function remembered(): Durations {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Durations;
  } catch {
    return {};
  }
}

const nameOf = (moduleId: string) => relative(ROOT, moduleId);

/**
 * Seconds that a file will take, as far as one can know: those of last time; of an experiment that was
 * never run here, those of its recording. What nobody knows comes first: it may be long.
 */
function expected(moduleId: string, durations: Durations): number {
  const known = durations[nameOf(moduleId)];
  if (known !== undefined) return known;
  const id = /\/experiments\/([^/]+)\/experiment\.yaml$/.exec(moduleId)?.[1];
  try {
    const recording = JSON.parse(readFileSync(join(TRANSCRIPTS, `${id}/run.json`), "utf8"));
    return recording.seconds;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Begins with the files that take longest: begun last, one of them would keep a core waiting. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const durations = remembered();
    // Files that share a process stay together, or each would get its own.
    const group = ({ project }: TestSpecification) => (project.config.isolate ? 0 : 1);
    return files
      .map((file) => ({ file, seconds: expected(file.moduleId, durations) }))
      .toSorted((a, b) => group(a.file) - group(b.file) || compare(b.seconds, a.seconds))
      .map(({ file }) => file);
  }
}

/** As a difference would, which infinity does not have. */
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);

/** Remembers what each file took, but for those that were taken from a record or failed. */
export class RemembersDurations implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const durations = remembered();
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const recorded = tests.some((test) => test.meta().recorded !== undefined);
      if (!module.ok() || tests.length === 0 || recorded) continue;
      durations[nameOf(module.moduleId)] = Math.round(module.diagnostic().duration) / 1000;
    }
    writeWhole(FILE, JSON.stringify(durations, null, 2));
  }
}
