/** What a program of the machine answers on one of its ports, asked for from within the machine. */
export interface Answer {
  /** HTTP status: 200. */
  status: number;
  /** The status's words as they were sent: `Not Found`. May be empty. */
  reason: string;
  /** Media type without parameters, in lower case: `text/html`. Empty where none was sent. */
  type: string;
  /** The body, or its beginning, as bytes. */
  body: Uint8Array<ArrayBuffer>;
  /** Bytes of the whole body. */
  bytes: number;
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
/** Exit status of a program that `timeout` has ended: 128 and the signal SIGTERM. */
const TERMINATED = 143;
const [HEAD, BODY] = ["/tmp/.port-head", "/tmp/.port-body"];

/**
 * A command for the machine's shell that asks a port of the machine for a page, by HTTP, as `GET`. It
 * leaves nothing behind. What it prints is for {@link readAnswer}.
 * @param port  1 to 65535
 * @param path  with its first slash; any text, it is encoded as a browser does
 */
export function fetchCommand(port: number, path: string): string {
  // A quote is the one letter that an address may have and a quoted word of the shell may not.
  const { href } = new URL(`http://127.0.0.1:${port}${path}`);
  const address = href.replaceAll("'", "%27");
  return [
    `rm -f ${BODY}`,
    `busybox timeout ${PATIENCE_SECONDS} busybox wget -q -S -O ${BODY} '${address}' 2>${HEAD}`,
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
  const at = lines.findIndex((line) => /^bytes \d*$/.test(line));
  const head = lines.slice(1, at).map((line) => line.trim());
  // After a redirection there are several heads; the last one is the answer's.
  const first = head.findLastIndex((line) => /^HTTP\/\d/.test(line));
  const [, status, reason = ""] = /^HTTP\/\S+ (\d{3}) ?(.*)$/.exec(head[first] ?? "") ?? [];
  if (status === undefined) return noAnswer(head.join("\n"), lines[0] === `exit ${TERMINATED}`);
  const type = /^content-type:\s*([^;\s]+)/i;
  const sent = head.slice(first).flatMap((line) => type.exec(line)?.[1] ?? []);
  return {
    status: Number(status),
    reason,
    type: (sent[0] ?? "").toLowerCase(),
    body: bytesOf(lines.slice(at + 1).join("")),
    bytes: Number(lines[at]?.slice("bytes ".length)),
  };
}

function noAnswer(said: string, late: boolean): NoAnswer {
  if (/refused/.test(said)) return { code: "refused", said };
  return { code: late ? "silent" : "other", said };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
}
