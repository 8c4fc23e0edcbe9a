import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cores, takeCore } from "../../tools/test/cores.ts";
import { runStages, type Stage } from "../../tools/test/lanes.ts";
import { failure, fine } from "../../tools/test/result.ts";

describe("the cores", () => {
  it("are lent to whoever comes first in the order of stages, never more than there are", async () => {
    const cores = new Cores(2);
    const order: string[] = [];
    const take = async (name: string, count: number, priority: number) => {
      const release = await cores.take(count, priority);
      order.push(name);
      return release;
    };
    const first = await take("a", 1, 5);
    const second = await take("b", 1, 5);
    const late = take("late", 1, 9);
    const all = take("all", Number.POSITIVE_INFINITY, 3);
    const early = take("early", 1, 1);
    first();
    const third = await early;
    expect(order).toEqual(["a", "b", "early"]);
    // One that wants all holds back who would be content with one.
    second();
    third();
    (await all)();
    await late;
    expect(order).toEqual(["a", "b", "early", "all", "late"]);
  });

  it("count a core that is given back twice once", async () => {
    const cores = new Cores(1);
    const release = await cores.take(1, 0);
    release();
    release();
    await cores.take(1, 0);
    let third = false;
    void cores.take(1, 0).then(() => {
      third = true;
    });
    await Promise.resolve();
    expect(third).toBe(false);
  });

  it("come back from a process that ends with one, and from one that ended while it waited", async () => {
    const cores = new Cores(1);
    const { path, close } = await cores.listen(0);
    const giveBack = await takeCore(path);
    const gone = connect(path);
    await new Promise((resolve) => gone.once("connect", resolve));
    gone.destroy();
    giveBack();
    const again = await takeCore(path);
    again();
    close();
  });

  it("are not asked for where there is no npm test", async () => {
    (await takeCore(""))();
  });

  it("end the wait of a process when npm test has ended", async () => {
    const cores = new Cores(1);
    const { path, close } = await cores.listen(0);
    const giveBack = await takeCore(path);
    const waiting = takeCore(path);
    close();
    await expect(waiting).rejects.toThrow("npm test");
    giveBack();
  });
});

describe("the stages", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lanes-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const order: string[] = [];
  const stage = (name: string, more: Partial<Stage> = {}): Stage => ({
    name,
    cores: 1,
    run: async (log) => {
      order.push(`${name} begins`);
      log.write(`${name} speaks\n`);
      await Promise.resolve();
      order.push(`${name} ends`);
      return fine();
    },
    ...more,
  });
  const run = async (stages: Stage[], cores = 2) => {
    order.length = 0;
    const ended = vi.fn();
    const ends = await runStages(stages, new Cores(cores), folder, { ended });
    return { ends, ended };
  };

  it("run whatever becomes of others, but those that need one that failed", async () => {
    const { ends } = await run([
      stage("build", { run: async () => failure("the site was not built") }),
      stage("pages", { needs: ["build"] }),
      stage("pdf", { run: () => Promise.reject(new Error("broken")) }),
      stage("bundle", { after: ["pdf"] }),
      stage("late", { needs: ["pages"] }),
    ]);
    expect(ends.map(({ name, result }) => [name, result.failed, result.note])).toEqual([
      ["build", 1, "the site was not built"],
      ["pages", 1, "not run: build failed"],
      ["pdf", 1, "Error: broken"],
      ["bundle", 0, undefined],
      ["late", 1, "not run: pages failed"],
    ]);
    expect(order).toEqual(["bundle begins", "bundle ends"]);
  });

  it("wait for those that they need or come after, where these are run at all", async () => {
    await run([
      stage("a"),
      stage("b", { after: ["a", "not chosen"] }),
      stage("c", { needs: ["b", "not chosen"] }),
    ]);
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("keep their output together, and in a file while they run", async () => {
    const { ended } = await run([
      stage("slow", {
        run: async (log) => {
          await log.run("node", ["-e", "console.log('one'); console.error('two')"]);
          expect(readFileSync(join(folder, "slow.log"), "utf8")).toContain("one");
          return fine();
        },
      }),
      stage("quick"),
    ]);
    const outputs = ended.mock.calls.map(([{ name }, output]) => [name, output]);
    expect(outputs[0]).toEqual(["quick", "quick speaks\n"]);
    expect(outputs[1]?.[1]).toMatch(/^(one\ntwo|two\none)\n$/);
  });

  it("that keep more cores busy than are free wait, and those of all cores run alone", async () => {
    await run([stage("a"), stage("b"), stage("alone", { cores: Number.POSITIVE_INFINITY })]);
    expect(order.slice(-2)).toEqual(["alone begins", "alone ends"]);
    expect(order.slice(0, 2)).toEqual(["a begins", "b begins"]);
  });
});
