import { describe, expect, it } from "vitest";
import { ExperimentRun } from "../../src/lab/run.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { Shell } from "../../src/lab/shell.ts";
import { command, prompt, ScriptedPort } from "./fixtures/scripted-port.ts";

const said = { zh: "话", en: "words" };
const experiment = experimentSchema.parse({
  title: said,
  intent: said,
  claims: ["ns-hide"],
  checkpoint: [{ at: "here", run: "mkdir /x" }],
  terminals: { here: { machine: "scripted", port: 0, label: said } },
  steps: [
    { id: "first", at: "here", run: "one", explain: said, capture: { "a.one": "(1)" } },
    { id: "second", at: "here", run: "two", explain: said },
  ],
  findings: [{ that: "a.one == 1", because: said }],
});

function scene(answer = (_: string) => `${command(1, "1\r\n")}${prompt(1, 0)}`) {
  const port = new ScriptedPort(answer);
  const shell = new Shell(port, 0);
  port.print(prompt(1, 0));
  const run = () => new ExperimentRun("x", experiment, { here: shell }, { typingMs: 0 });
  return { port, run };
}

describe("a run", () => {
  it("sets the scene, runs the steps in order, and judges", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    expect(await one.all()).toMatchObject({ ok: true });
    expect(port.entered).toEqual(["mkdir /x", "one", "two"]);
    expect(one.complete).toBe(true);
  });

  it("is refused while another has the machine, and not once that has ended", async () => {
    const { run } = scene();
    const [one, other] = [run(), run()];
    const first = one.prepare();
    await expect(other.prepare()).rejects.toMatchObject({
      data: { code: "occupied", params: { machine: "scripted", by: "x" } },
    });
    await first;
    await other.prepare();
    expect(other.results).toEqual([]);
  });

  it("does not begin where the scene could not be set", async () => {
    const { run } = scene(() => `${command(1, "exists\r\n")}${prompt(1, 1)}`);
    await expect(run().prepare()).rejects.toMatchObject({
      data: { code: "checkpoint", params: { command: "mkdir /x", exit: "1", output: "exists" } },
    });
  });

  it("has crashed when the machine restarted between two steps", async () => {
    const { port, run } = scene();
    const one = run();
    await one.prepare();
    await one.next();
    port.tell({ type: "status", status: { state: "booting" } });
    await expect(one.next()).rejects.toMatchObject({
      data: { code: "crashed", params: { state: "booting", command: "two" } },
    });
    expect(one.verdict().ok).toBe(false);
  });
});
