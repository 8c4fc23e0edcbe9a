import { describe, expect, it } from "vitest";
import { machineNamesIn } from "../../tools/check/machine-names.ts";

const MACHINES = ["linux", "linux-b", "tiny-os"];
const found = (file: string, text: string) =>
  machineNamesIn(file, text, MACHINES).map(({ name, line }) => `${line} ${name}`);

describe("the check of machines' names in code", () => {
  it.each([
    ["a string", 'useMachine("linux", path);', "1 linux"],
    ["one with a hyphen", "\nconst a = 'tiny-os';", "2 tiny-os"],
    ["a part of an id", 'const id = "boot.linux.seconds";', "1 linux"],
    ["a part of a path", 'const path = "images/linux-b/" + file;', "1 linux-b"],
    ["a property", "const bytes = facts.linux?.bytes;", "1 linux"],
    ["a key", "const tones = { linux: 1 };", "1 linux"],
    ["a type", 'type Lane = "linux" | "clone";', "1 linux"],
  ])("finds %s", (_, text, expected) => {
    expect(found("a.ts", text)).toEqual([expected]);
  });

  it("finds them in markup, each on its line", () => {
    expect(found("a.tsx", 'const a = <p id="linux">\n  linux-b\n</p>;')).toEqual([
      "1 linux",
      "2 linux-b",
    ]);
    const page =
      '---\nconst a = "linux";\n---\n\n<p>text</p>\n<Figure boxes={[{ note: "linux" }]} />\n<RingMeter machine="linux-b" />\n<style>\n  p { color: red }\n</style>\n';
    expect(found("a.astro", page)).toEqual(["2 linux", "6 linux", "7 linux-b"]);
  });

  it.each([
    ["a comment", "/** Example: `linux`. */\n// linux\nexport {};"],
    ["a sentence", 'throw new Error("run npm run guest -- linux first");'],
    ["another word", 'const libc = "usr/lib/i386-linux-gnu"; const name = "Linux";'],
    ["a variable", "const linux = machine; use(linux);"],
  ])("lets %s be", (_, text) => {
    expect(found("a.ts", text)).toEqual([]);
  });
});
