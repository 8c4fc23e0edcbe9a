import { parseArgs } from "node:util";
import { changedFiles } from "./test/changed.ts";
import { Cores } from "./test/cores.ts";
import { runStages } from "./test/lanes.ts";
import { reach } from "./test/reach.ts";
import { heading, summary, table, writeReport } from "./test/report.ts";
import { type Scope, stageNames, stagesOf } from "./test/stages.ts";

const USAGE = `npm test                    all stages, each whatever becomes of the others
npm test -- unit e2e        these stages: ${stageNames.join(", ")}
npm test -- --changed       what your changes can reach: uncommitted ones, and commits that main does not have
npm test -- --changed=main~3    the same against another commit
    --fresh                 runs experiments that have held here before with everything the same
    --report <file>         writes what came out as JSON`;

/** Machines and browsers keep a core busy each. More than two have not been tried. */
const CORES = 2;
/** Where each stage's output is while it runs. */
const OUTPUT = "test-results/stages";
/** Stages that are run for others: whoever names those does not know of them. */
const IMPLIED: Readonly<Record<string, string>> = {
  guest: "machines",
  build: "machines",
  book: "machines",
};

const { positionals, values } = parseArgs({
  args: process.argv.slice(2).map((arg) => (arg === "--changed" ? "--changed=" : arg)),
  allowPositionals: true,
  options: {
    changed: { type: "string" },
    fresh: { type: "boolean", default: false },
    report: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !stageNames.includes(name));
  if (unknown.length > 0)
    console.error(`No stage "${unknown.join('", "')}". There are: ${stageNames.join(", ")}`);
  if (values.help || unknown.length > 0) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const chosen = choose();
  if (chosen.names.length === 0) {
    console.log("\n0 passed, 0 failed");
    return 0;
  }
  return runAll(chosen.names, chosen.scope);
}

/** The stages that were asked for, and what of them. */
function choose(): { names: readonly string[]; scope: Scope } {
  const named = positionals.length > 0 ? positionals : stageNames;
  if (values.changed === undefined) return { names: withImplied(named), scope: {} };
  const changes = changedFiles(values.changed || undefined);
  const { stages, scope, why } = reach(changes);
  console.log(why);
  return { names: withImplied(named.filter((name) => stages.includes(name))), scope };
}

function withImplied(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => [IMPLIED[name] ?? [], name].flat()))];
}

async function runAll(names: readonly string[], scope: Scope): Promise<number> {
  const start = performance.now();
  const cores = new Cores(CORES);
  const socket = await cores.listen(stageNames.indexOf("guest"));
  try {
    const stages = stagesOf(names, {
      coresSocket: socket.path,
      useRecord: !values.fresh,
      scope,
    });
    const ends = await runStages(stages, cores, OUTPUT, {
      began: (name) => console.log(`▸ ${name}`),
      ended: (end, output) => console.log(`\n${heading(end)}\n${output}`),
    });
    const seconds = (performance.now() - start) / 1000;
    const { line, failed } = summary(ends);
    if (values.report) writeReport(values.report, { seconds, stages: ends });
    console.log(`\n${table(ends)}\n`);
    console.log(`${(seconds / 60).toFixed(1)} minutes; each stage's output is in ${OUTPUT}/`);
    console.log(line);
    return failed > 0 ? 1 : 0;
  } finally {
    socket.close();
  }
}
