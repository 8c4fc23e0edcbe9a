import { describe, expect, it } from "vitest";
import { castText, parseCast } from "../../src/lab/cast.ts";
import { controlled } from "../../src/lab/control.ts";
import { experimentSchema } from "../../src/lab/schema.ts";
import { procedureHash, staleness, type Transcript } from "../../src/lab/transcript.ts";

const said = { zh: "话", en: "words" };
const experiment = experimentSchema.parse({
  title: said,
  intent: said,
  claims: ["ns-hide"],
  terminals: { here: { machine: "linux", port: 0, label: said } },
  steps: [{ id: "ask", at: "here", run: "id -u", explain: said, capture: { "a.id": "^(\\d+)$" } }],
  findings: [{ that: "a.id == 0", because: said }],
});
const HASH = "a".repeat(64);
const transcript: Transcript = {
  schema: 1,
  experiment: "x",
  recorded: "2026-11-24T00:00:00.000Z",
  engine: { name: "v86", version: "1" },
  machines: { linux: { inputHash: HASH, kernelRelease: "6.1" } },
  procedure: procedureHash(experiment),
  steps: [{ id: "ask", command: "id -u", exit: 0, output: "0", instructions: 5 }],
  ok: true,
  instructions: 5,
  seconds: 1,
};

describe("a recording", () => {
  it("matches the experiment it is of, whatever the times and the explanations", () => {
    const reworded = { ...experiment, title: { zh: "别的", en: "other" } };
    expect(staleness(reworded, { ...transcript, seconds: 9 }, { linux: HASH })).toEqual([]);
  });

  it("does not match other steps, another machine or another verdict", () => {
    const [step] = experiment.steps;
    const other = { ...experiment, steps: [{ ...step, run: "id -g" }] } as typeof experiment;
    expect(staleness(other, transcript, { linux: HASH })).toEqual([
      expect.stringContaining("steps"),
    ]);
    expect(staleness(experiment, transcript, { linux: "b".repeat(64) })).toEqual([
      "the machine linux has changed since",
    ]);
    expect(staleness(experiment, { ...transcript, ok: false }, { linux: HASH })).toEqual([
      "it is judged otherwise today",
    ]);
  });
});

describe("a recording of a control", () => {
  const controlledExperiment = {
    ...experiment,
    findings: experiment.findings.map((finding) => ({ ...finding, control: "ada" })),
    controls: { ada: { without: said, steps: { ask: { run: "id -u ada" } } } },
  };
  const change = controlledExperiment.controls.ada;
  const record = (output: string) => ({
    ...transcript,
    controls: {
      ada: {
        recorded: transcript.recorded,
        machines: { linux: HASH },
        procedure: procedureHash(experiment, controlled(controlledExperiment, "ada", change)),
        steps: [{ id: "ask", command: "id -u ada", exit: 0, output, instructions: 5 }],
      },
    },
  });

  it("matches while its finding is false", () => {
    expect(staleness(controlledExperiment, record("1000"), { linux: HASH })).toEqual([]);
  });

  it("does not where it is missing, its finding is true, or it is of no control", () => {
    const told = (recorded: Transcript, of = controlledExperiment) =>
      staleness(of as typeof experiment, recorded, { linux: HASH });
    expect(told(transcript)).toEqual([
      expect.stringContaining("control ada has not been recorded"),
    ]);
    expect(told(record("0"))).toEqual([expect.stringContaining("no longer false")]);
    expect(told(record("1000"), { ...experiment, controls: {} } as never)).toEqual([
      expect.stringContaining("no longer there"),
    ]);
  });
});

describe("asciicasts", () => {
  it("come back as they were written", () => {
    const header = { version: 2, width: 80, height: 24, timestamp: 1, title: "话" } as Parameters<
      typeof castText
    >[0];
    const text = castText(header, [
      [0.5, "o", "\u001b[1mA\r\n"],
      [1.25, "m", "ask"],
    ]);
    expect(text.split("\n")).toHaveLength(4);
    expect(parseCast(text)).toEqual({
      header,
      events: [
        [0.5, "o", "\u001b[1mA\r\n"],
        [1.25, "m", "ask"],
      ],
    });
    expect(() => parseCast('{"version":3}\n')).toThrow("version 3");
  });
});
