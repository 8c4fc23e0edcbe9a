import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkExercise, prepareExercise } from "../../src/lab/check-exercise.ts";
import { exerciseSchema } from "../../src/lab/exercise.ts";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp, reach } from "../../src/machine/reach.ts";
import { EXERCISES, GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };

const exercises = readdirSync(EXERCISES).map((file) => ({
  file,
  ...exerciseSchema.parse(parse(readFileSync(join(EXERCISES, file), "utf8"))),
}));

/** Each can be failed, by doing nothing and by each wrong answer, and solved after them by its own answer. */
describe.each([...Map.groupBy(exercises, ({ machine }) => machine)])(
  "exercises on %s",
  (id, exercises) => {
    let machine: MachinePort;
    let reader: Shell;
    let checker: Shell;

    beforeAll(async () => {
      machine = nodeMachine(id, GUEST);
      reader = new Shell(machine, 0);
      checker = new Shell(machine, 2);
      await bringUp(machine);
    });
    afterAll(() => machine.destroy());

    for (const { file, prepare, checks, wrong, solution } of exercises)
      it(file, async () => {
        if (prepare) {
          await reach(machine, "ready", { act: () => machine.restore(), afresh: true });
          await prepareExercise(prepare, checker);
        }
        const commands = checks.map(({ run }) => run);
        const does = async (answer: readonly string[]) => {
          for (const command of answer) await reader.run(command, OPTIONS);
          return checkExercise(commands, checker);
        };
        expect(await does([]), "before").toContain(false);
        for (const answer of wrong) expect(await does(answer), answer.join("; ")).toContain(false);
        expect(await does(solution), "after").not.toContain(false);
      });
  },
);
