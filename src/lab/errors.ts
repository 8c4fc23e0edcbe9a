/** Why a run ended without a verdict. `code` selects the sentence `lab.error.<code>`. */
export type LabErrorData =
  /** A program is running where the command should be typed. */
  | { code: "busy"; params: { terminal: string } }
  | { code: "timeout"; params: { command: string; seconds: number; lastLines: string } }
  /** The machine crashed, was reset or switched off in mid-run. */
  | { code: "interrupted"; params: { state: string } }
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
