/**
 * What can go wrong with a machine, as data that crosses the worker's port.
 * `code` selects the sentence `machine.error.<code>` in the reader's language; `params` fill it.
 */
export type MachineErrorData =
  | { code: "unsupported"; params: { missing: string } }
  | { code: "download"; params: { file: string; reason: string; received: number; total: number } }
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

/** What an engine's own complaint means for the reader: no memory, or the engine itself. */
export function engineError(reason: string): MachineError {
  const code = /memory|allocat/i.test(reason) ? "memory" : "engine";
  return new MachineError({ code, params: { reason } });
}

/** The data of any thrown value; what is not a {@link MachineError} counts as the engine's. */
export function errorData(thrown: unknown): MachineErrorData {
  if (thrown instanceof MachineError) return thrown.data;
  return engineError(thrown instanceof Error ? thrown.message : String(thrown)).data;
}
