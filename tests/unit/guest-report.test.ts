import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BUILD_FILE, type BuildFile, buildFileSchema } from "../../src/machine/build-progress.ts";
import { count } from "../../tools/guest/progress.ts";
import { BuildReport } from "../../tools/guest/report.ts";
import { readTimes, workOf } from "../../tools/guest/times.ts";
import { closeBuildingFile } from "../../tools/lib/building-file.ts";
import { leaveOutBuild } from "../../tools/lib/site.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guest-report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const output = () => join(folder, "out");
const path = () => join(output(), BUILD_FILE);
const read = () => buildFileSchema.parse(JSON.parse(readFileSync(path(), "utf8")));
const begin = () =>
  BuildReport.begin({
    output: output(),
    cache: folder,
    machines: [{ id: "linux", title: { zh: "机器", en: "Machine" } }],
  });

describe("building.json", () => {
  it("is there when the report has begun, and gone when it is done", async () => {
    const report = await begin();
    expect(read()).toMatchObject({ state: "running", pid: process.pid, step: "preparing" });
    await report.done();
    expect(readdirSync(output())).toEqual([]);
  });

  it("beats while the build's own thread stands still", async () => {
    const report = await begin();
    const beats = () => (read() as Extract<BuildFile, { state: "running" }>).beat;
    report.step("kernel", "linux");
    const before = beats();
    // As a compiler that is waited for: until the file has beaten three times.
    const script = `while [ "$(sed 's/.*"beat":\\([0-9]*\\).*/\\1/' ${path()})" -lt ${before + 3} ]; do :; done`;
    expect(spawnSync("sh", ["-c", script], { timeout: 60_000 }).status).toBe(0);
    expect(read()).toMatchObject({ machine: "linux", step: "kernel" });
    await report.done();
  });

  it("stays when the build has failed, and says why", async () => {
    const report = await begin();
    report.step("programs", "linux");
    await report.failed("other", `${"x".repeat(9000)} at the end`);
    expect(read()).toMatchObject({ state: "failed", step: "programs", trouble: "other" });
    expect(read()).toHaveProperty("reason", expect.stringMatching(/^x+ at the end$/));
  });

  it("is left to another build by one that only waits", async () => {
    const report = await begin();
    report.waits(99);
    await report.withdraw();
    writeFileSync(path(), "another's");
    await report.withdraw();
    expect(readFileSync(path(), "utf8")).toBe("another's");
  });

  it("says of a builder that was killed that it is gone; of one that was stopped, nothing", async () => {
    const report = await begin();
    await report.withdraw();
    closeBuildingFile(output(), process.pid + 1, "killed");
    expect(read().state).toBe("running");
    closeBuildingFile(output(), process.pid, "killed");
    expect(read()).toMatchObject({ state: "failed", trouble: "gone" });
    await (await begin()).withdraw();
    closeBuildingFile(output(), process.pid, "stopped");
    expect(existsSync(path())).toBe(false);
  });

  it("is in no built site", async () => {
    const guest = join(folder, "images/guest");
    mkdirSync(guest, { recursive: true });
    for (const name of [BUILD_FILE, `${BUILD_FILE}.7.part`, "manifest.json"])
      writeFileSync(join(guest, name), "");
    await leaveOutBuild(folder);
    expect(readdirSync(guest)).toEqual(["manifest.json"]);
  });
});

describe("the times of steps", () => {
  it("are kept for the next estimate, unless another build had done a part", async () => {
    const report = await begin();
    const programs = workOf({}, "linux", "programs", 2);
    const kernel = workOf({}, "linux", "kernel", 874, true);
    report.plan([programs, kernel], []);
    report.step("programs", "linux");
    report.step("kernel", "linux");
    count({ done: 900, before: 300 });
    await report.done();
    const times = readTimes(folder);
    expect(Object.keys(times)).toEqual(["programs linux"]);
    expect(times["programs linux"]?.amount).toBe(2);
  });

  it("are not taken from a step that found everything there", async () => {
    const report = await begin();
    const share = workOf({}, null, "share", 1);
    report.plan([share], []);
    report.step("share");
    report.step("assembling", "linux");
    const kept = readTimes(folder);
    expect(kept).toHaveProperty("share");
    report.step("share");
    await report.done();
    expect(readTimes(folder)).toEqual(kept);
  });

  it("count again as what the same work takes", () => {
    const times = { "kernel linux": { seconds: 90, amount: 900 } };
    expect(workOf(times, "linux", "kernel", 450, true).seconds).toBe(45);
    expect(workOf(times, "linux-b", "kernel", 874, true).seconds).toBeGreaterThan(45);
  });

  it("are nothing when they cannot be read", () => {
    writeFileSync(join(folder, "build-times.json"), "{");
    expect(readTimes(folder)).toEqual({});
  });
});

describe("a build whose npm start was killed", () => {
  it("ends with it", async () => {
    const script = join(import.meta.dirname, "fixtures/report-alone.ts");
    const parent = `const {spawn}=require("node:child_process");
      spawn(process.execPath,[${JSON.stringify(script)},${JSON.stringify(output())}],{detached:true,stdio:["ignore","ignore","ignore","ipc"]});
      setInterval(()=>{},1000)`;
    const killed = spawn(process.execPath, ["-e", parent], { stdio: "ignore" });
    const patience = { timeout: 30_000 };
    await vi.waitFor(() => expect(read().state).toBe("running"), patience);
    const { pid } = read();
    killed.kill("SIGKILL");
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), patience);
  }, 60_000);
});
