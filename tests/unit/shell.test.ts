import { afterEach, describe, expect, it, vi } from "vitest";
import { LabError } from "../../src/lab/errors.ts";
import { plainText, Shell } from "../../src/lab/shell.ts";
import {
  command,
  continuation,
  INTERRUPT,
  mark,
  prompt,
  ScriptedPort,
} from "./fixtures/scripted-port.ts";

const OPTIONS = { typingMs: 0, limitSeconds: 5 };

afterEach(() => {
  vi.useRealTimers();
});

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
    const port = new ScriptedPort();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    vi.spyOn(port, "input").mockImplementation((_terminal, data) => {
      port.typed.push(String(data));
      if (data === "p") port.become({ state: "booting" });
    });
    const run = shell.run("uptime", { ...OPTIONS, typingMs: 1 });
    await expect(run).rejects.toMatchObject({ data: { code: "crashed" } });
    expect(port.typed).toEqual(["u", "p"]);
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

describe("a line that somebody has begun", () => {
  /** A shell that draws a new prompt for Ctrl+C, and runs `ls`. */
  const guest = () =>
    new ScriptedPort((line) =>
      line === INTERRUPT
        ? `^C\r\n${prompt(1, 130)}`
        : line === "ls"
          ? `${command(1, "file\r\n")}${prompt(1, 0)}`
          : undefined,
    );

  it.each([
    ["half a command", "half a comma"],
    ["a completion that asks whether to list all", "\t\t"],
    ["a search, or vi's command mode", "\u0012"],
    ["vi's command mode", "\u001b"],
  ])("is dropped: %s", async (_, keys) => {
    const port = guest();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    port.input(0, keys);
    expect(await shell.run("ls", OPTIONS)).toMatchObject({ output: "file", exit: 0 });
    expect(port.entered).toEqual(["ls"]);
  });

  it("is dropped where Enter has only continued it", async () => {
    const port = guest();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    port.input(0, "echo it's\r");
    port.print(continuation(1));
    expect(await shell.run("ls", OPTIONS)).toMatchObject({ output: "file", exit: 0 });
    expect(port.entered).toEqual(["echo it's", "ls"]);
  });

  it("is not looked for at a prompt where nobody has typed", async () => {
    const port = guest();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    await shell.run("ls", OPTIONS);
    await shell.run("ls", OPTIONS);
    expect(port.typed.join("")).toBe("ls\rls\r");
  });

  it("is still there when its prompt is drawn again, after a resize", async () => {
    const port = guest();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0, 2000));
    port.input(0, "rm -rf ");
    port.print(prompt(1, 0, 2000));
    await shell.run("ls", OPTIONS);
    expect(port.entered).toEqual(["ls"]);
    expect(port.typed).toContain(INTERRUPT);
  });

  it("that cannot be dropped is told as a terminal in use, by its name", async () => {
    vi.useFakeTimers();
    const port = new ScriptedPort();
    const shell = new Shell(port, 0, "outside");
    port.print(prompt(1, 0));
    port.input(0, "x");
    const refused = expect(shell.run("ls", OPTIONS)).rejects.toMatchObject({
      data: { code: "busy", params: { terminal: "outside" } },
    });
    await vi.advanceTimersByTimeAsync(20_000);
    await refused;
    expect(port.entered).toEqual([]);
  });
});

describe("the page's own terminal", () => {
  it("is freed of what somebody who was stopped has left running there", async () => {
    const port = new ScriptedPort((line) =>
      line === INTERRUPT
        ? `^C\r\n${prompt(1, 130)}`
        : line === "ls"
          ? `${command(1, "x\r\n")}${prompt(1, 0)}`
          : command(1, ""),
    );
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const stop = new AbortController();
    const left = shell.run("sleep 1000", { ...OPTIONS, signal: stop.signal });
    await vi.waitFor(() => expect(port.entered).toEqual(["sleep 1000"]));
    stop.abort();
    await expect(left).rejects.toMatchObject({ data: { code: "stopped" } });
    await vi.waitFor(() => expect(shell.atPrompt).toBe(false));
    await shell.free();
    expect(await shell.run("ls", OPTIONS)).toMatchObject({ output: "x" });
  });
});

describe("Stop", () => {
  const stopped = { data: { code: "stopped" } };

  it("enters nothing when it comes before the first letter, typed or at once", async () => {
    for (const typingMs of [0, 1]) {
      const port = new ScriptedPort();
      const shell = new Shell(port, 0);
      port.print(prompt(1, 0));
      const run = shell.run("rm file", { ...OPTIONS, typingMs, signal: AbortSignal.abort() });
      await expect(run).rejects.toMatchObject(stopped);
      expect(port.typed).toEqual([]);
    }
  });

  it("does not enter a line that was typed at once before it came", async () => {
    const port = new ScriptedPort();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const stop = new AbortController();
    const measuring = Promise.withResolvers<void>();
    vi.spyOn(port, "measure").mockImplementation(async () => {
      await measuring.promise;
      return { instructions: 0, seconds: 0 };
    });
    const run = shell.run("rm file", { ...OPTIONS, signal: stop.signal });
    await vi.waitFor(() => expect(port.typed).toEqual(["rm file"]));
    stop.abort();
    measuring.resolve();
    await expect(run).rejects.toMatchObject(stopped);
    expect(port.entered).toEqual([]);
  });
});

describe("what a shell knows", () => {
  it("includes a prompt that was printed before anybody asked for the shell", async () => {
    const port = new ScriptedPort((line) => `${command(1, `ran ${line}\r\n`)}${prompt(1, 0)}`);
    port.print(prompt(1, 0));
    expect(await new Shell(port, 0).run("ls", OPTIONS)).toMatchObject({ output: "ran ls" });
  });

  it("is gone when another system begins", async () => {
    const port = new ScriptedPort();
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    expect(shell.atPrompt).toBe(true);
    port.tell({ type: "power-on" });
    expect(shell.atPrompt).toBe(false);
  });

  it("is not more of a command's output than is judged", async () => {
    const flood = "x".repeat(100_000);
    const port = new ScriptedPort(() => command(1, flood));
    const shell = new Shell(port, 0);
    port.print(prompt(1, 0));
    const run = shell.run("yes", OPTIONS).catch((thrown) => thrown);
    await vi.waitFor(() => expect(port.entered).toEqual(["yes"]));
    for (let count = 0; count < 50; count++) port.print(flood);
    expect((await run).data).toMatchObject({ code: "flood", params: { command: "yes" } });
  });
});

describe("plainText", () => {
  it("drops colours, titles and carriage returns", () => {
    expect(plainText("\u001b]0;t\u0007a\u001b[1mb\u001b[0m\r\nc\r\n")).toBe("ab\nc");
  });
});
