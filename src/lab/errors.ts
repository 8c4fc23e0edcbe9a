import type { MachineErrorData } from "../machine/errors.ts";
import type { MachineState } from "../machine/protocol.ts";
import { ReachError, type ReachErrorData, reachText } from "../machine/reach.ts";
import { WaitError } from "../machine/wait.ts";
import type { Borrower } from "./lease.ts";

/** Why a run ended without a verdict. `code` selects the sentence `lab.error.<code>`. */
export type LabErrorData =
  /** Where the command should be typed no prompt is known: a program is running, or another shell. */
  | { code: "busy"; params: { terminal: string } }
  | { code: "timeout"; params: { command: string; seconds: number; lastLines: string } }
  /** A machine was switched on, or a terminal woken, and no prompt came. */
  | { code: "no-prompt"; params: { machine: string; seconds: number } }
  /** A command that computes and computes: its limit is in guest instructions. */
  | { code: "runaway"; params: { command: string; instructions: number; lastLines: string } }
  /** The machine crashed, was reset or switched off in mid-run. The run is not judged. */
  | { code: "crashed"; params: { state: MachineState; command: string; lastLines: string } }
  /** The machine failed, crashed or was switched off before there was a prompt; `cause` is its own, in English. */
  | { code: "interrupted"; params: { machine: string; state: MachineState; cause: string } }
  /** Somebody else has used the machine since the last step. */
  | { code: "disturbed"; params: { machine: string; by: string; kind: Borrower["kind"] } }
  /** A file that a program in the machine asked for could not be had, so what it did proves nothing. */
  | { code: "file"; params: { file: string; command: string; cause: MachineErrorData["code"] } }
  /** A command printed more than anybody judges. */
  | { code: "flood"; params: { command: string; megabytes: number; lastLines: string } }
  /** A command that sets the scene did not succeed. */
  | { code: "checkpoint"; params: { command: string; exit: string; output: string } }
  /** Somebody else has borrowed the machine. */
  | { code: "occupied"; params: { machine: string; by: string; kind: Borrower["kind"] } }
  /** A script of the page is not to be had: the site has been published anew, or the network is gone. */
  | { code: "stale"; params: { reason: string } }
  /** A fault of the page itself. */
  | { code: "broken"; params: { reason: string } }
  | { code: "stopped"; params: Record<string, never> };

/** An error of a run. Its message is English, for logs; pages translate `data`. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly data: LabErrorData;

  constructor(data: LabErrorData) {
    super(`${data.code}: ${JSON.stringify(data.params)}`);
    this.data = data;
  }
}

/** A machine that could not be brought to its prompt, or a wait that was given up, as an error of the lab. */
export function labErrorOf(thrown: unknown): unknown {
  if (thrown instanceof WaitError && thrown.reason === "stopped")
    return new LabError({ code: "stopped", params: {} });
  return thrown instanceof ReachError ? new LabError(reachTrouble(thrown.data)) : thrown;
}

function reachTrouble(data: ReachErrorData): LabErrorData {
  const { machine } = data;
  switch (data.code) {
    case "stopped":
      return { code: "stopped", params: {} };
    case "late":
      return { code: "no-prompt", params: { machine, seconds: data.seconds } };
    default: {
      const state = data.code === "off" ? "idle" : data.code;
      return { code: "interrupted", params: { machine, state, cause: reachText(data) } };
    }
  }
}
