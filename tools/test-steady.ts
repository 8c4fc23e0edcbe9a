import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./lib/paths.ts";
import { Log } from "./test/log.ts";
import type { RunReport } from "./test/report.ts";
import { failuresOf, type Round, toldAbout } from "./test/rounds.ts";

const USAGE = `npm run test:steady -- 5            the suite five times, every second time with two busy loops beside it
npm run test:steady -- 5 guest e2e  these stages of it
Lists every test that ever failed, and exits with 1 if there is one.`;

/** Busy loops beside every second round: as many as the tests have cores. */
const LOOPS = 2;
const FOLDER = "test-results/steady";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", default: false } },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const [count, ...stages] = positionals;
  const rounds = Number(count);
  if (values.help || !Number.isInteger(rounds) || rounds < 1) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
  const done: Round[] = [];
  for (let number = 1; number <= rounds; number++) {
    const round = await runRound(number, stages);
    done.push(round);
    console.log(toldAbout(round));
  }
  const failures = failuresOf(done);
  console.log(
    failures.length === 0
      ? `\nSteady: no test failed in ${rounds} rounds.`
      : `\nThese failed:\n${failures.join("\n")}`,
  );
  return failures.length === 0 ? 0 : 1;
}

/** Runs the suite once; busy loops end with it, and with this process. */
async function runRound(number: number, stages: readonly string[]): Promise<Round> {
  const busy = number % 2 === 0;
  const folder = join(FOLDER, `round-${number}`);
  const report = join(ROOT, folder, "report.json");
  const log = new Log(join(ROOT, folder, "log.txt"));
  const loops = busy ? Array.from({ length: LOOPS }, startLoop) : [];
  try {
    // Nothing is taken from the record: what is to be steady is the run.
    const args = ["tools/test.ts", "--fresh", "--report", report, ...stages];
    const { code } = await log.run(process.execPath, args);
    const run = existsSync(report)
      ? (JSON.parse(readFileSync(report, "utf8")) as RunReport)
      : undefined;
    return { number, busy, code, run, log: join(folder, "log.txt") };
  } finally {
    for (const loop of loops) loop.disconnect();
    await log.close();
  }
}

function startLoop(): ChildProcess {
  return fork(join(ROOT, "tools/test/busy.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}
