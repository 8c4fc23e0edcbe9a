/** What a program of the machine answers on one of its ports, asked for from within the machine. */
export interface Answer {
  /** HTTP status: 200. */
  status: number;
  /** The status's words as they were sent: `Not Found`. May be empty. */
  reason: string;
  /** Media type without parameters, in lower case: `text/html`. Empty where none was sent. */
  type: string;
  /** The body, or its beginning, as bytes; nothing of it where the status is an error's. */
  body: Uint8Array<ArrayBuffer>;
  /** Bytes that came of the body. */
  bytes: number;
  /** What the program that asked has said where the answer did not come whole. May be empty. */
  cut: string | undefined;
}

/** Why there is no answer: what a browser would say. */
export interface NoAnswer {
  /** `refused`: nothing listens there. `silent`: somebody does, and says nothing. */
  code: "refused" | "silent" | "other";
  /** What the program that asked has said. */
  said: string;
}

/** Seconds that the whole answer may take. */
const PATIENCE_SECONDS = 10;
/** Bytes of a body that are shown: a page of text. More would take the terminal's line too long. */
const SHOWN_BYTES = 48 * 1024;
/** Blocks of 1024 bytes that are taken of a body: the machine keeps them in its memory. */
const TAKEN_BLOCKS = 1024;
/** Exit status of a program that `timeout` has ended: 128 and the signal SIGTERM. */
const TERMINATED = 143;
/** The first status that tells of an error (RFC 9110, 15.5). */
const FIRST_ERROR = 400;
const [HEAD, BODY] = ["/tmp/.port-head", "/tmp/.port-body"];

/**
 * A command for the machine's shell that asks a port of the machine for a page, by HTTP, as `GET`. It
 * leaves nothing behind, unless it is interrupted. What it prints is for {@link readAnswer}.
 * @param port  1 to 65535
 * @param path  with its first slash; any text, it is encoded as a browser does
 */
export function fetchCommand(port: number, path: string): string {
  const url = new URL(`http://127.0.0.1:${port}${path}`);
  // What a browser keeps to itself; busybox would send it.
  url.hash = "";
  // A quote is the one letter that an address may have and a quoted word of the shell may not.
  const address = url.href.replaceAll("'", "%27");
  const wget = `busybox timeout ${PATIENCE_SECONDS} busybox wget -q -S -O ${BODY} '${address}'`;
  return [
    `rm -f ${BODY}`,
    // The limit holds for this program alone.
    `(ulimit -f ${TAKEN_BLOCKS}; exec ${wget}) 2>${HEAD}`,
    `echo "exit $?"`,
    `cat ${HEAD}`,
    `echo "bytes $(stat -c %s ${BODY} 2>/dev/null)"`,
    `head -c ${SHOWN_BYTES} ${BODY} 2>/dev/null | busybox base64`,
    `rm -f ${HEAD} ${BODY}`,
  ].join("; ");
}

/** Reads what {@link fetchCommand} has printed. */
export function readAnswer(output: string): Answer | NoAnswer {
  const lines = output.split(/\r?\n/);
  const from = lines.findIndex((line) => /^exit \d+$/.test(line));
  const to = lines.findIndex((line, at) => at > from && /^bytes \d*$/.test(line));
  const exit = Number(lines[from]?.slice("exit ".length));
  const head = lines.slice(from + 1, to).map((line) => line.trim());
  const said = head.filter((line) => line.startsWith("wget: ")).join("\n");
  // After a redirection there are several heads; the last one is the answer's.
  const first = head.findLastIndex((line) => /^HTTP\/\d/.test(line));
  const [, status, reason = ""] = /^HTTP\/\S+ (\d{3}) ?(.*)$/.exec(head[first] ?? "") ?? [];
  if (status === undefined) return noAnswer(said, exit === TERMINATED);
  const type = /^content-type:\s*([^;\s]+)/i;
  const sent = head.slice(first).flatMap((line) => type.exec(line)?.[1] ?? []);
  // busybox reads nothing more after the status of an error.
  const isError = Number(status) >= FIRST_ERROR;
  return {
    status: Number(status),
    reason,
    type: (sent[0] ?? "").toLowerCase(),
    body: bytesOf(lines.slice(to + 1).join("")),
    bytes: Number(lines[to]?.slice("bytes ".length)),
    cut: exit === 0 || isError ? undefined : said,
  };
}

function noAnswer(said: string, late: boolean): NoAnswer {
  if (/refused/.test(said)) return { code: "refused", said };
  return { code: late ? "silent" : "other", said };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
}
