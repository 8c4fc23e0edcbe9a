/** Why the agent gave no answer, as data: `code` selects a sentence, `params` fill it. */
export type AgentErrorData =
  /** Nothing came in time; `seconds` while the machine was not paused. */
  | { code: "timeout"; params: { what: string; seconds: number } }
  /** The machine's system is gone, or not yet there; `state` is the machine's. */
  | { code: "interrupted"; params: { what: string; state: string } }
  /** The agent said no; `detail` is English, for logs. */
  | { code: "refused"; params: { what: string; reason: string; detail: string } }
  /** The agent ended before it had answered; `how` as init tells it: `signal 9`. The next request starts another. */
  | { code: "ended"; params: { what: string; how: string } }
  /** Records were damaged on the way: try again. */
  | { code: "garbled"; params: { what: string; expected: number; received: number } };

/** No answer of the agent. Its message is English, for logs; pages translate `data`. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly data: AgentErrorData;

  constructor(data: AgentErrorData) {
    super(`${data.code}: ${JSON.stringify(data.params)}`);
    this.data = data;
  }
}
