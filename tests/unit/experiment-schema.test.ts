import { describe, expect, it } from "vitest";
import { experimentIds, loadExperiment, parseExperiment } from "../../src/lab/load.ts";
import { EXPERIMENTS } from "../../tools/lib/paths.ts";

const GOOD = `
title: { zh: 主机名, en: Hostname }
intent: { zh: 看, en: See }
claims: [ns-hide]
terminals:
  outside: { machine: linux, port: 0, label: { zh: 外, en: Out } }
steps:
  - id: name
    at: outside
    run: hostname
    explain: { zh: 看, en: See }
    expect: { exit: 0 }
    capture: { out.name: '^(\\S+)$' }
findings:
  - that: out.name == "linux"
    because: { zh: 是, en: Yes }
`;

describe("parseExperiment", () => {
  it("fills in the defaults", () => {
    expect(parseExperiment(GOOD, "x").steps[0]?.limitSeconds).toBe(30);
  });

  it.each([
    ["an unknown key", "    expect: {", "    expcet: {", "expcet"],
    ["a missing translation", "{ zh: 主机名, en: Hostname }", "{ en: Hostname }", "title.zh"],
    ["a terminal nobody defined", "at: outside", "at: inside", 'no terminal "inside"'],
    ["a relation over a capture no step makes", "that: out.name", "that: in.name", '"in.name"'],
    ["a relation that is none", '== "linux"', "is linux", "findings.0.that"],
    ["a pattern that is no regular expression", "^(", "^((", "steps.0.capture.out.name"],
    ["a capture's pattern without a group", "^(\\S+)$", "^\\S+$", "exactly one group"],
    ["a JSON path that is none", "'^(\\S+)$'", "{ json: 'x y' }", "capture.out.name"],
    ["an error nobody knows", "{ exit: 0 }", "{ error: EWHAT }", "steps.0.expect.error"],
    ["a step that neither types nor switches", "    run: hostname\n", "", '"run" or "power"'],
    ["a checkpoint at no terminal", "steps:", "checkpoint: [{ at: in, run: ls }]\nsteps:", '"in"'],
    [
      "a question with two right answers",
      "    expect:",
      "    predict: { question: { zh: 几, en: Q }, because: { zh: 因, en: B }, choices: [{ text: { zh: 一, en: A }, right: true }, { text: { zh: 二, en: B }, right: true }] }\n    expect:",
      "exactly one choice is right",
    ],
    [
      "a finding on a claim that is not the experiment's",
      "    because: { zh: 是, en: Yes }",
      "    because: { zh: 是, en: Yes }\n    claims: [os]",
      '"os" is not among',
    ],
    [
      "a value captured twice",
      "findings:",
      "  - { id: b, at: outside, run: ls, explain: { zh: 看, en: S }, capture: { out.name: '(x)' } }\nfindings:",
      "captured twice",
    ],
    ["a control that there is not", "    because:", "    control: gone\n    because:", '"gone"'],
    [
      "a finding with a control and a reason for none",
      "    because:",
      "    control: a\n    uncontrolled: { zh: 无, en: None }\n    because:",
      'either "control" or "uncontrolled"',
    ],
    [
      "a control that no finding names",
      "findings:",
      "controls: { bare: { without: { zh: 无, en: None }, steps: { name: id } } }\nfindings:",
      'write "control: bare"',
    ],
    [
      "a control that changes nothing",
      "findings:",
      "controls: { bare: { without: { zh: 无, en: None } } }\nfindings:",
      "it changes nothing",
    ],
    [
      "a control of a step that there is not",
      "findings:",
      "controls: { bare: { without: { zh: 无, en: None }, steps: { gone: id } } }\nfindings:",
      'no step "gone"; there are: name',
    ],
    ["a command of two lines", "run: hostname", 'run: "a\\nb"', "a command is one line"],
  ])("refuses %s, naming file and field", (_, from, to, message) => {
    expect(GOOD).toContain(from);
    expect(() => parseExperiment(GOOD.replace(from, to), "uts/experiment.yaml")).toThrow(message);
    expect(() => parseExperiment(GOOD.replace(from, to), "uts/experiment.yaml")).toThrow(
      "uts/experiment.yaml",
    );
  });
});

describe("the experiments of the book", () => {
  it("are all valid", async () => {
    const ids = await experimentIds(EXPERIMENTS);
    expect(ids).toEqual(expect.arrayContaining(["pid", "uts"]));
    for (const id of ids) await loadExperiment(EXPERIMENTS, id);
  });

  it("are named when an unknown one is asked for", async () => {
    await expect(loadExperiment(EXPERIMENTS, "nope")).rejects.toThrow(/"nope".*pid.*uts/);
  });
});
