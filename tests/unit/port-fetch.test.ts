import { describe, expect, it } from "vitest";
import { documentOf } from "../../src/components/port-browser/document.ts";
import { fetchCommand, readAnswer } from "../../src/lab/port-fetch.ts";

const HEAD = "  HTTP/1.1 200 OK\n  Content-Type: Text/HTML; charset=utf-8\n  Content-Length: 5\n  ";

describe("a page of a machine's port", () => {
  it("is asked for by one line, whatever its path has in it", () => {
    const command = fetchCommand(8080, "/a b/'$(reboot)'?q=`x`#end");
    expect(command).toContain("'http://127.0.0.1:8080/a%20b/%27$(reboot)%27?q=`x`'");
    expect(command).not.toContain("\n");
    // The quotes are in pairs: the shell sees one word. What follows # is not sent.
    expect(command.split("'")).toHaveLength(3);
    expect(command).not.toContain("#end");
  });

  it("is read with its status, type and bytes", () => {
    const answer = readAnswer(`exit 0\n${HEAD}\nbytes 5\naGVs\nbG8=`);
    expect(answer).toEqual({
      status: 200,
      reason: "OK",
      type: "text/html",
      body: new Uint8Array(Buffer.from("hello")),
      bytes: 5,
      cut: undefined,
    });
  });

  it("is told to be cut where it did not come whole", () => {
    const late = readAnswer(`exit 143\n${HEAD}\nbytes 5\naGVsbG8=`);
    expect(late).toMatchObject({ status: 200, bytes: 5, cut: "" });
    const moved =
      "  HTTP/1.0 302 Found\n  Location: http://127.0.0.1:9/\nwget: can't connect: Connection refused";
    expect(readAnswer(`exit 1\n${moved}\nbytes \n`)).toMatchObject({
      status: 302,
      cut: "wget: can't connect: Connection refused",
    });
  });

  it("is the last one of several after a redirection", () => {
    const moved = "  HTTP/1.0 302 Found\n  Content-Type: text/plain\n  Location: /b\n  ";
    expect(readAnswer(`exit 0\n${moved}\n${HEAD}\nbytes 0\n`)).toMatchObject({
      status: 200,
      type: "text/html",
    });
  });

  it("may be an error that the server tells, without a body", () => {
    const said = "  HTTP/1.1 404 Not Found\nwget: server returned error: HTTP/1.1 404 Not Found";
    expect(readAnswer(`exit 1\n${said}\nbytes \n`)).toMatchObject({
      status: 404,
      reason: "Not Found",
      type: "",
      bytes: 0,
      cut: undefined,
    });
  });

  it.each([
    ["wget: can't connect to remote host (127.0.0.1): Connection refused", "refused"],
    ["wget: error getting response", "other"],
  ])("is not there: %s", (said, code) => {
    expect(readAnswer(`exit 1\n${said}\nbytes \n`)).toEqual({ code, said });
  });

  it("does not come where somebody listens and says nothing", () => {
    // As bash tells it, where it does.
    expect(readAnswer("Terminated\nexit 143\nTerminated\nbytes 0\n")).toEqual({
      code: "silent",
      said: "",
    });
  });
});

describe("what a frame shows", () => {
  const page = (type: string, text: string) =>
    documentOf({
      status: 200,
      reason: "",
      type,
      body: new Uint8Array(Buffer.from(text)),
      bytes: 0,
      cut: undefined,
    });

  it("is text as it is, and nothing of what is no text", () => {
    expect(page("text/plain", "<b>&")).toMatch(
      /^<meta http-equiv="Content-Security-Policy" content="default-src 'none';.*<pre>&lt;b>&amp;<\/pre>$/,
    );
    for (const type of ["application/json", "image/svg+xml", "application/javascript"])
      expect(page(type, "{}")).toContain("<pre>{}</pre>");
    expect(page("", "plain")).toContain("<pre>plain</pre>");
    expect(page("", "\u0000")).toBeUndefined();
    expect(page("image/png", "text")).toBeUndefined();
  });
});
