import type { MachineState } from "../machine/protocol.ts";

/** Why a run ended without a verdict. `code` selects the sentence `lab.error.<code>`. */
export type LabErrorData =
  /** A program is running where the command should be typed. */
  | { code: "busy"; params: { terminal: string } }
  | { code: "timeout"; params: { command: string; seconds: number; lastLines: string } }
  /** A machine was switched on, or a terminal woken, and no prompt came. */
  | { code: "no-prompt"; params: { machine: string; seconds: number } }
  /** A command that computes and computes: its limit is in guest instructions. */
  | { code: "runaway"; params: { command: string; instructions: number; lastLines: string } }
  /** The machine crashed, was reset or switched off in mid-run. The run is not judged. */
  | { code: "crashed"; params: { state: MachineState; command: string; lastLines: string } }
  /** The machine failed or crashed before there was a prompt to type at. */
  | { code: "interrupted"; params: { state: MachineState } }
  /** A command that sets the scene did not succeed. */
  | { code: "checkpoint"; params: { command: string; exit: string; output: string } }
  /** Another run is typing into the machine. */
  | { code: "occupied"; params: { machine: string; by: string } }
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
