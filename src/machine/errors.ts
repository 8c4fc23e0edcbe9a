import type { ScriptTrouble } from "./script-trouble.ts";

/**
 * What can go wrong with a machine, as data that crosses the worker's port.
 * `code` selects the sentence `machine.error.<code>` in the reader's language; `params` fill it.
 */
export type MachineErrorData =
  | { code: "unsupported"; params: { missing: string } }
  | { code: "download"; params: { file: string; reason: string; received: number; total: number } }
  /** For so many seconds no byte has come, and no error either. */
  | { code: "stalled"; params: { file: string; seconds: number; received: number; total: number } }
  | {
      code: "integrity";
      params: {
        file: string;
        expected: string;
        got: string;
        expectedSize: number;
        gotSize: number;
      };
    }
  | { code: "manifest"; params: { file: string; reason: string } }
  /** A snapshot of another emulator or machine; a cold boot takes its place. */
  | {
      code: "snapshot";
      params: { machine: string; of: "engine" | "machine"; expected: string; got: string };
    }
  /** A restored machine did not answer. */
  | { code: "restore"; params: { reason: string } }
  | { code: "unknown-machine"; params: { id: string; known: string } }
  /** The build that should have made the machine has stopped. On the author's computer only. */
  | {
      code: "build-failed";
      params: {
        id: string;
        /** Where it stopped, and why: names of `build-progress.ts`. */
        step: string;
        trouble: string;
        /** What the builder printed at its end. */
        reason: string;
        pid: number;
        /** The machine it was at, for readers; empty for what is not one machine's. */
        atZh: string;
        atEn: string;
      };
    }
  | { code: "memory"; params: { reason: string } }
  /** A script of the page: gone or damaged, out of reach, or held up on the way. */
  | ScriptTrouble
  /**
   * Something that the machine cannot do without is refused: by a policy, or by an extension. `what`
   * has a name for every language, and `policy` the rule as it was sent, or the directive it is about.
   */
  | { code: "forbidden"; params: { what: string; policy: string } }
  | { code: "engine"; params: { reason: string } };

/** An error of the machine service. Its message is English, for logs; pages translate `data`. */
export class MachineError extends Error {
  override readonly name = "MachineError";
  readonly data: MachineErrorData;

  constructor(data: MachineErrorData) {
    super(`${data.code}: ${JSON.stringify(data.params)}`);
    this.data = data;
  }
}

/**
 * How V8, SpiderMonkey and JavaScriptCore say that there is no more memory. A trap that speaks of
 * memory ("memory access out of bounds") is a fault of the engine's and no matter of size.
 */
const NO_MEMORY =
  /out of (?:executable )?memory|could not allocate memory|unable to grow instance memory|failed to grow memory|allocation failed|allocation size overflow/i;

/** How the same three say that a policy allows no WebAssembly; the first and last quote the rule. */
const NOT_ALLOWED = /content security policy|blocked by CSP/i;

/** What an engine's own complaint means for the reader: no memory, no permission, or the engine itself. */
export function engineError(reason: string): MachineError {
  if (NOT_ALLOWED.test(reason)) {
    const [, policy = "script-src"] = /"([^"]*)"/.exec(reason) ?? [];
    return new MachineError({ code: "forbidden", params: { what: "WebAssembly", policy } });
  }
  const code = NO_MEMORY.test(reason) ? "memory" : "engine";
  return new MachineError({ code, params: { reason } });
}

/** The data of any thrown value; what is not a {@link MachineError} counts as the engine's. */
export function errorData(thrown: unknown): MachineErrorData {
  if (thrown instanceof MachineError) return thrown.data;
  // As a page in a frame without rights gets it for making a worker.
  if (thrown instanceof DOMException && thrown.name === "SecurityError")
    return { code: "forbidden", params: { what: "Web Worker", policy: thrown.message } };
  return engineError(thrown instanceof Error ? thrown.message : String(thrown)).data;
}
