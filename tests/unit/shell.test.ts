import { describe, expect, it, vi } from "vitest";
import { LabError } from "../../src/lab/errors.ts";
import { plainText, Shell } from "../../src/lab/shell.ts";
import { command, mark, prompt, ScriptedPort } from "./fixtures/scripted-port.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 5 };

describe("Shell", () => {
  it("takes a command's output and exit status from between its marks", async () => {
    const port = new ScriptedPort(
      (line) => `${command(1, `\u001b[31mran ${line}\u001b[0m\r\nmore\r\n`)}${prompt(1, 3)}`,
    );
    const shell = new Shell(port, 0);
    port.print(`kernel talk ${prompt(1, 0)}`);
    expect(await shell.run("ls", OPTIONS)).toMatchObject({ output: "ran ls\nmore", exit: 3 });
  });

  it("gives no exit status to a command that started another shell, and leaves it by home()", async () => {
    const port = new ScriptedPort((line) =>
      line === "exit" ? command(9, `exit\r\n${prompt(1, 0)}`) : command(1, prompt(9, 0)),
    );
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    expect((await shell.run("unshare bash", OPTIONS)).exit).toBeUndefined();
    await shell.home(OPTIONS);
    await shell.home(OPTIONS);
    expect(port.entered).toEqual(["unshare bash", "exit"]);
  });

  it("does not take a prompt that is drawn again for the end of a command", async () => {
    const port = new ScriptedPort(() => `\r\n\u001b[K\r${prompt(1, 0, 1000)}`);
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0, 1000));
    const drawn = new Promise<void>((resolve) => {
      port.subscribe((event) => event.type === "output" && resolve());
    });
    const run = shell.run("ls", OPTIONS);
    await drawn;
    port.print(`${command(1, "done\r\n")}${prompt(1, 0)}`);
    expect((await run).output).toBe("done");
  });

  it("ends a line that the shell cannot read, which has no output mark", async () => {
    const port = new ScriptedPort(() => `\r\nbash: syntax error\r\n${prompt(1, 2)}`);
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    expect(await shell.run("(", OPTIONS)).toMatchObject({ output: "", exit: 2 });
  });

  it("follows a shell that does not number its prompts", async () => {
    const plain = `${mark("A")}$ ${mark("B")}`;
    const port = new ScriptedPort(() => `${mark("C")}hello\r\n${mark("D;0")}${plain}`);
    const shell = new Shell(port, 0);
    port.print(plain);
    expect(await shell.run("ls", OPTIONS)).toMatchObject({ output: "hello", exit: 0 });
  });

  it("refuses to type into a running program", async () => {
    const port = new ScriptedPort(() => undefined);
    const shell = new Shell(port, 0);
    port.print(`${prompt(1, 0)}${command(1, "working")}`);
    await expect(shell.run("ls", OPTIONS)).rejects.toMatchObject({ data: { code: "busy" } });
  });

  it("ends with the last lines when a command takes too long", async () => {
    const port = new ScriptedPort(() => command(1, "still here\r\n"));
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const error = await shell.run("sleep", { typingMs: 0, limitSeconds: 0.3 }).catch((e) => e);
    expect(error).toBeInstanceOf(LabError);
    expect(error.data).toMatchObject({
      code: "timeout",
      params: { command: "sleep", lastLines: "still here" },
    });
  });

  it("says so when there is never a prompt", async () => {
    vi.useFakeTimers();
    const shell = new Shell(new ScriptedPort(() => undefined), 0);
    const refused = expect(shell.ready()).rejects.toMatchObject({
      data: { code: "no-prompt", params: { machine: "scripted", seconds: 120 } },
    });
    await vi.advanceTimersByTimeAsync(125_000);
    await refused;
    vi.useRealTimers();
  });

  it("ends when the machine crashes under it", async () => {
    const port = new ScriptedPort(() => ({ state: "crashed", cause: "panic", lastLines: [] }));
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    await expect(shell.run("echo c > /proc/sysrq-trigger", OPTIONS)).rejects.toMatchObject({
      data: {
        code: "crashed",
        params: { state: "crashed", command: "echo c > /proc/sysrq-trigger" },
      },
    });
  });

  it("types nothing more into a machine that starts afresh", async () => {
    const port = new ScriptedPort(() => undefined);
    const typed: (string | Uint8Array)[] = [];
    vi.spyOn(port, "input").mockImplementation((_terminal, data) => {
      typed.push(data);
      if (data === "p") port.tell({ type: "status", status: { state: "booting" } });
    });
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const run = shell.run("uptime", { ...OPTIONS, typingMs: 1 });
    await expect(run).rejects.toMatchObject({ data: { code: "crashed" } });
    expect(typed.slice(1)).toEqual(["u", "p"]);
  });

  it("stops when it is told to", async () => {
    const port = new ScriptedPort(() => undefined);
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const stop = new AbortController();
    const run = shell.run("sleep 100", { ...OPTIONS, signal: stop.signal });
    stop.abort();
    await expect(run).rejects.toMatchObject({ data: { code: "stopped" } });
  });
});

describe("plainText", () => {
  it("drops colours, titles and carriage returns", () => {
    expect(plainText("\u001b]0;t\u0007a\u001b[1mb\u001b[0m\r\nc\r\n")).toBe("ab\nc");
  });
});
