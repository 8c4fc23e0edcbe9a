import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkExercise } from "../../src/lab/check-exercise.ts";
import { exerciseSchema } from "../../src/lab/exercise.ts";
import { Shell } from "../../src/lab/shell.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";
import { EXERCISES, GUEST } from "../../tools/lib/paths.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 60 };

const exercises = readdirSync(EXERCISES).map((file) => ({
  file,
  ...exerciseSchema.parse(parse(readFileSync(join(EXERCISES, file), "utf8"))),
}));

/** Each can be failed, by doing nothing, and solved, by its own answer; on one machine, in turn. */
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

    for (const exercise of exercises)
      it(exercise.file, async () => {
        const checks = exercise.checks.map(({ run }) => run);
        expect(await checkExercise(checks, checker), "before").toContain(false);
        for (const command of exercise.solution) await reader.run(command, OPTIONS);
        expect(await checkExercise(checks, checker), "after").not.toContain(false);
      });
  },
);
